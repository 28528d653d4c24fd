interface Call<Item, Result> {
  item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/**
 * Gathers calls by key: while one of a key is under way, those that come wait, and then go together, `most` at once.
 * Many at one record would otherwise each get in the way of all others.
 * @param work answers all, in the order of the items. Where it fails, all of them fail.
 */
export function gather<Item, Result>(
  most: number,
  work: (key: string, items: Item[]) => Promise<Result[]>,
): (key: string, item: Item) => Promise<Result> {
  const waiting = new Map<string, Call<Item, Result>[]>();

  async function drain(key: string, calls: Call<Item, Result>[]): Promise<void> {
    while (calls.length > 0) {
      const some = calls.splice(0, most);
      try {
        const results = await work(
          key,
          some.map(({ item }) => item),
        );
        for (const [index, { resolve }] of some.entries()) resolve(results[index] as Result);
      } catch (error) {
        for (const { reject } of some) reject(error);
      }
    }
    waiting.delete(key);
  }

  return (key, item) =>
    new Promise((resolve, reject) => {
      const call = { item, resolve, reject };
      const calls = waiting.get(key);
      if (calls) {
        calls.push(call);
        return;
      }
      const first = [call];
      waiting.set(key, first);
      void drain(key, first);
    });
}
