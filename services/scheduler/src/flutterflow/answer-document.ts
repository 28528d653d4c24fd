import type { FlutterFlowDocument } from "@fanfare/shared/documents";
import type { DocumentAnswer } from "@fanfare/shared/domain/flutterflow-answers";
import { cancel } from "@fanfare/shared/operations/cancel";
import type { FlutterFlowDeps } from "./deps.ts";
import { firstOf } from "./drop-document.ts";
import { broadcastIdOf } from "./keys.ts";
import { shorten } from "./shorten.ts";
import type { Taken } from "./taken.ts";
import { askedBy } from "./why-left.ts";

/** Answers a document that is not sent, and notes it. A broadcast that it had asked for before is cancelled. */
export async function refuseDocument(
  deps: FlutterFlowDeps,
  document: FlutterFlowDocument,
  whole: string,
): Promise<Taken> {
  const { path, createdAt, fields } = document;
  const reason = shorten(whole, MOST_CHARACTERS);
  const sender = typeof fields.sender === "string" ? shorten(fields.sender, MOST_CHARACTERS) : undefined;
  deps.log.warn({ document: path, reason }, "document is refused");
  const id = broadcastIdOf(deps.mode, await firstOf(deps, document));
  const cancelled = await cancel(deps, id, { by: "flutterflow", reason });
  if (deps.mode === "on")
    await deps.intake.noteRefusal({ path, createdAt, reason, ...(sender !== undefined && { sender }) });
  // A broadcast answers its own documents, or notes what it would have answered. One that was handed back has none.
  if (!cancelled?.broadcast.documents) await answer(deps, document, { status: "failed", error: reason });
  return { kind: "refused", reason };
}

/**
 * Reasons quote references, and any signed-in user may write those: an answer that would not fit into the document
 * could never be given. Longer than a document's path, which a sender's is.
 */
const MOST_CHARACTERS = 2_000;

const TOO_OLD =
  "it was created more than 24 hours ago, and its time is not still to come: fanfare ff catch-up --older takes it";

/** Notes a document that came too late; it stays without an answer. */
export async function leaveOld(
  { intake, mode }: FlutterFlowDeps,
  { path, createdAt }: FlutterFlowDocument,
): Promise<Taken> {
  if (mode === "on") await intake.noteRefusal({ path, createdAt, reason: TOO_OLD, left: true });
  return { kind: "left", reason: TOO_OLD };
}

/** An app that had no user to notify: nothing is sent, and that is not a failure. */
export async function answerNobody(deps: FlutterFlowDeps, document: FlutterFlowDocument): Promise<Taken> {
  await answer(deps, document, { status: "succeeded", num_sent: 0 });
  return { kind: "nobody" };
}

/** Answers a document that has no broadcast; in shadow mode notes what the answer would have been. */
async function answer(
  { documents, intake, mode }: FlutterFlowDeps,
  document: FlutterFlowDocument,
  given: DocumentAnswer,
): Promise<void> {
  if (mode === "shadow") {
    const { status, num_sent: numSent = 0, error } = given;
    const nothing = { audience: 0, rejected: {}, withoutAddress: 0, notes: [] };
    await intake.noteComparison(document, { ours: { status, numSent, error, ...nothing } });
  } else await documents.answer(askedBy(document), given);
}
