import type { Chunk } from "../domain/chunk.ts";
import { broadcastOf, chunkId } from "../domain/ids.ts";
import type { Range } from "../domain/range.ts";
import type { Ledger } from "../ledger/index.ts";

/** A chunk of a range; null where the range has no more. */
export interface WalkedChunk {
  range: Range;
  chunk: Chunk | null;
}

/**
 * The chunks of some ranges of one broadcast, given in the order of ids: each as it was when its range was read. What
 * was made since then is left out, so that nobody is both a member and behind his range's cursor.
 */
export async function* walkRanges(
  ledger: Pick<Ledger, "chunks">,
  ranges: readonly Range[],
): AsyncGenerator<WalkedChunk> {
  const [first] = ranges;
  if (!first) return;
  const chunks = ledger.chunks(broadcastOf(first.id), first.id)[Symbol.asyncIterator]();
  let ahead: Chunk | undefined;
  for (const range of ranges) {
    const last = range.made > 0 ? chunkId(range.id, range.made - 1) : null;
    while (last !== null) {
      ahead ??= (await chunks.next()).value;
      if (!ahead || ahead.id > last) break;
      const chunk = ahead;
      ahead = undefined;
      if (chunk.id > range.id) yield { range, chunk };
      // Nothing is asked for behind the last chunk: a store that bills its reads goes through them page by page.
      if (chunk.id === last) break;
    }
    yield { range, chunk: null };
  }
}
