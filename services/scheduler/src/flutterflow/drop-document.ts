import type { DocumentId } from "@fanfare/shared/domain/broadcast";
import { CONSOLE_COLLECTION } from "@fanfare/shared/domain/flutterflow";
import { cancel } from "@fanfare/shared/operations/cancel";
import type { FlutterFlowDeps } from "./deps.ts";
import { broadcastIdOf } from "./keys.ts";
import { GONE, tellOf } from "./look-again.ts";

/** Ends what a document asked for that was deleted: with a batch, the broadcast of all of it. */
export async function dropDocument(deps: FlutterFlowDeps, document: DocumentId): Promise<void> {
  const id = broadcastIdOf(deps.mode, await firstOf(deps, document));
  await cancel(deps, id, { by: "flutterflow", reason: tellOf(document.path, GONE) });
}

/** The document that a broadcast is told by: the first of a batch, or the document itself. */
export async function firstOf({ intake }: FlutterFlowDeps, document: DocumentId): Promise<DocumentId> {
  if (!document.path.startsWith(`${CONSOLE_COLLECTION}/`)) return document;
  const batch = await intake.batchOf(document);
  return batch?.documents[0] ?? document;
}
