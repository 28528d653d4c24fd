import fc from "fast-check";
import { expect, test } from "vitest";
import { sortByAddress } from "./listed.ts";
import { mergeBatches } from "./merge-batches.ts";

const address = fc.string({ unit: fc.constantFrom("a", "b", "\uFF5E", "\u{1F600}"), maxLength: 3 });
/** Streams in order, in batches of any size, some of them empty. */
const streams = fc.array(
  fc
    .tuple(fc.array(address, { maxLength: 30 }), fc.array(fc.nat(5), { minLength: 1 }))
    .map(([addresses, sizes]) => {
      const left = sortByAddress(addresses.map((one) => ({ address: one })));
      const batches = sizes.map((size) => left.splice(0, size));
      return [...batches, left];
    }),
  { maxLength: 4 },
);

async function* asStream<T>(batches: T[]): AsyncGenerator<T> {
  yield* batches;
}

test("streams in the order of addresses become one, with all that is in any", async () => {
  const property = fc.asyncProperty(streams, async (made) => {
    const merged = await Array.fromAsync(mergeBatches(made.map(asStream)));
    expect(merged.flat()).toEqual(sortByAddress(made.flat(2)));
  });
  await fc.assert(property);
});

test("no stream is read further ahead than its next batch", async () => {
  const read: string[] = [];
  async function* watched(name: string, count: number) {
    for (let index = 0; index < count; index++) {
      read.push(`${name}${index}`);
      yield [{ address: `${index}${name}` }];
    }
  }
  const merged = mergeBatches([watched("a", 9), watched("b", 9)]);
  await merged.next();
  expect(read).toEqual(["a0", "b0"]);
  await merged.next();
  expect(read).toEqual(["a0", "b0", "a1"]);
});
