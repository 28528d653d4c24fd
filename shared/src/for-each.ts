/** Does `work` on each item, at most so many at once. After a failure nothing more is begun. */
export async function forEach<T>(
  items: Iterable<T>,
  atOnce: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const queue = Iterator.from(items).map((item) => item);
  const lane = async () => {
    // Leaving the loop by a failure ends the queue, for the other lanes too.
    for (const item of queue) await work(item);
  };
  const ends = await Promise.allSettled(Array.from({ length: atOnce }, lane));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}
