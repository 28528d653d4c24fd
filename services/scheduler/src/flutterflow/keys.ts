import type { DocumentId } from "@fanfare/shared/domain/broadcast";
import { broadcastId, documentKey } from "@fanfare/shared/domain/ids";
import type { Mode } from "./deps.ts";

const CALLERS: Record<Mode, string> = { on: "flutterflow", shadow: "flutterflow-shadow" };
/** Of an idempotency key's 200 characters, so many are for the path that a person looks for. */
const SHOWN = 150;

/**
 * What makes the broadcast of a document the same whoever submits it, and however often: the document and when it was
 * created. A check is another broadcast than the sending, so that both can be.
 */
export function keyOf(mode: Mode, document: DocumentId): { caller: string; idempotencyKey: string } {
  // A cut may part a pair of surrogates, and Firestore's ids may have control characters: a key has neither.
  const shown = document.path
    .slice(0, SHOWN)
    .toWellFormed()
    .replace(/\p{Cc}/gu, "\ufffd");
  const idempotencyKey = `${shown} ${documentKey(document)}`;
  return { caller: CALLERS[mode], idempotencyKey };
}

export function broadcastIdOf(mode: Mode, document: DocumentId): string {
  const { caller, idempotencyKey } = keyOf(mode, document);
  return broadcastId(caller, idempotencyKey);
}

/** The broadcasts that documents asked for, to be sent. */
export const SENDING_CALLER = CALLERS.on;
