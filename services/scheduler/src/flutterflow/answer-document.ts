import { cancel } from "@fanfare/shared/broadcasts/gates";
import type { FlutterFlowDocument } from "@fanfare/shared/documents";
import type { DocumentId } from "@fanfare/shared/domain/broadcast";
import type { FlutterFlowDeps } from "./deps.ts";
import { firstOf } from "./drop-document.ts";
import { broadcastIdOf } from "./keys.ts";
import type { Taken } from "./take-document.ts";

/** Answers a document that is not sent, and notes it. A broadcast that it had asked for before is cancelled. */
export async function refuseDocument(
  deps: FlutterFlowDeps,
  document: FlutterFlowDocument,
  reason: string,
): Promise<Taken> {
  const { path, createdAt, fields } = document;
  const sender = typeof fields.sender === "string" ? fields.sender : undefined;
  deps.log.warn({ document: path, reason }, "document is refused");
  if (deps.mode === "shadow") await noteChecked(deps, document, "failed", reason);
  else {
    const id = broadcastIdOf("on", await firstOf(deps, document));
    const known = await cancel(deps, id, { by: "flutterflow", reason });
    await deps.intake.noteRefusal({ path, createdAt, reason, ...(sender !== undefined && { sender }) });
    if (!known) await deps.documents.answer(document, { status: "failed", error: reason });
  }
  return { kind: "refused", reason };
}

/** An app that had nobody to notify: nothing is sent, and that is no failure. */
export async function answerNobody(deps: FlutterFlowDeps, document: DocumentId): Promise<Taken> {
  if (deps.mode === "shadow") await noteChecked(deps, document, "succeeded");
  else await deps.documents.answer(document, { status: "succeeded", num_sent: 0 });
  return { kind: "nobody" };
}

/** How a document compares that needs no broadcast to be checked. */
async function noteChecked(
  { intake }: FlutterFlowDeps,
  document: DocumentId,
  status: "succeeded" | "failed",
  error?: string,
): Promise<void> {
  const nothing = { numSent: 0, audience: 0, rejected: {}, withoutAddress: 0, notes: [] };
  await intake.noteComparison(document, {
    ours: { status, ...nothing, ...(error !== undefined && { error }) },
  });
}
