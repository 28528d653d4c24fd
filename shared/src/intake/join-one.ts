import { documentKey } from "../domain/ids.ts";
import type { Batch, BatchMember } from "./index.ts";

/**
 * The batch that a document joins: the first that waits for one in its place, or one that it opens.
 * @param batches of one print
 */
export function joinOne(
  batches: readonly Batch[],
  { print, index, size, document }: BatchMember,
  at: number,
): Batch {
  const open = batches.find(
    (batch) => batch.state === "waiting" && batch.size === size && !(index in batch.documents),
  );
  const documents = { ...open?.documents, [index]: document };
  const state = Object.keys(documents).length === size ? "complete" : "waiting";
  return { key: open?.key ?? documentKey(document), print, size, documents, state, joinedAt: at };
}
