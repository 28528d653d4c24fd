import type { FlutterFlowDocument } from "@fanfare/shared/documents";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import { isCalledOff } from "@fanfare/shared/domain/flutterflow-status";
import { forEach } from "@fanfare/shared/for-each";
import { cancel } from "@fanfare/shared/operations/cancel";
import type { FlutterFlowDeps } from "./deps.ts";
import { letGo } from "./let-go.ts";
import { whyLeft } from "./why-left.ts";

/** Documents of one batch that are looked at again at once. */
const LOOKS_AT_ONCE = 16;

export const GONE = "was deleted";

export type Looked = { kind: "wanted" } | { kind: "gone" } | { kind: "left"; reason: string };

/**
 * Looks at the documents of a broadcast once more, and ends it where one of them is gone or asks for it no more. What
 * stored it does so, as a change that was handled before found nothing to end; and so does what releases it.
 */
export async function lookAgain(deps: FlutterFlowDeps, broadcast: Broadcast): Promise<Looked> {
  let ended: Looked = { kind: "wanted" };
  const mode = broadcast.checkOnly ? "shadow" : "on";
  await forEach(broadcast.documents ?? [], LOOKS_AT_ONCE, async ({ path, createdAt, status }) => {
    // With the status that it was taken with it still asks, whatever this process has for a setting.
    const openStatuses =
      status === undefined ? deps.openStatuses : deps.openStatuses.union(new Set([status]));
    const document = await deps.documents.get(path);
    if (document?.createdAt !== createdAt) {
      await cancel(deps, broadcast.id, { by: "flutterflow", reason: tellOf(path, GONE) });
      ended = { kind: "gone" };
    } else {
      const reason = await endIfLeft({ ...deps, mode, openStatuses }, broadcast, document);
      if (reason !== null) ended = { kind: "left", reason };
    }
  });
  return ended;
}

/** @param what is wrong with the document, such as "was deleted" */
export function tellOf(path: string, what: string): string {
  return `its document ${path} ${what}`;
}

/**
 * Ends a broadcast whose document asks for it no more. What is under way is stopped by a document that was called off,
 * and by no other.
 * @returns why it was ended; null where it goes on
 */
export async function endIfLeft(
  deps: FlutterFlowDeps,
  { id, phase, documents = [] }: Broadcast,
  document: FlutterFlowDocument,
): Promise<string | null> {
  const why = whyLeft(deps, document);
  if (why === null || (phase !== "scheduled" && !isCalledOff(document.fields.status))) return null;
  const { path, updatedAt: writtenAt } = document;
  const reason = tellOf(path, why);
  // The others of a batch are told. One document alone keeps what it says, and may ask again.
  if (phase !== "scheduled" || documents.length > 1) await cancel(deps, id, { by: "flutterflow", reason });
  else await letGo(deps, id, { by: "flutterflow", reason, writtenAt });
  return `it ${why}`;
}
