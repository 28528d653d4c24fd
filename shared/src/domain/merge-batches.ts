import { isBefore } from "./bounds.ts";
import { sortByAddress } from "./listed.ts";

/**
 * Several streams that come in the order of addresses, as one. Each round passes on what they have up to the first of
 * their batches' ends, so that never more than one batch of each is in memory.
 */
export async function* mergeBatches<T extends { address: string }>(
  streams: readonly AsyncIterable<T[]>[],
): AsyncGenerator<T[]> {
  const [alone] = streams;
  if (alone && streams.length === 1) return yield* alone;
  const sources = streams.map((stream) => stream[Symbol.asyncIterator]());
  const heads = sources.map((): T[] => []);
  for (;;) {
    for (const [index, source] of sources.entries())
      if (heads[index]?.length === 0) heads[index] = await nextOf(source);
    const ends = heads.flatMap((head) => head.at(-1)?.address ?? []);
    const [first = null] = ends;
    if (first === null) return;
    const end = ends.reduce((least, one) => (isBefore(one, least) ? one : least), first);
    yield sortByAddress(heads.flatMap((head) => takeUpTo(head, end)));
  }
}

/** The next batch with something in it; an empty one where there is none. */
async function nextOf<T>(source: AsyncIterator<T[]>): Promise<T[]> {
  for (;;) {
    const { done, value } = await source.next();
    if (done) return [];
    if (value.length > 0) return [...value];
  }
}

/** Takes from the head of a batch what comes no later than an address. */
function takeUpTo<T extends { address: string }>(head: T[], end: string): T[] {
  const rest = head.findIndex(({ address }) => isBefore(end, address));
  return head.splice(0, rest === -1 ? head.length : rest);
}
