import { expect, test } from "vitest";
import { gather } from "./gather.ts";

/** Work that waits to be let go, and notes what it was given. */
function createWork() {
  const rounds: { key: string; items: number[]; letGo: (error?: Error) => void }[] = [];
  const work = (key: string, items: number[]) =>
    new Promise<number[]>((resolve, reject) => {
      const letGo = (error?: Error) => (error ? reject(error) : resolve(items.map((item) => item * 2)));
      rounds.push({ key, items, letGo });
    });
  return { rounds, work };
}

test("calls that come while one is under way go together in the next, so many at once", async () => {
  const { rounds, work } = createWork();
  const call = gather(2, work);
  const results = Promise.all([1, 2, 3, 4].map((item) => call("a", item)));
  for (let round = 0; round < 3; round++) {
    await expect.poll(() => rounds.length).toBe(round + 1);
    rounds[round]?.letGo();
  }
  expect(await results).toEqual([2, 4, 6, 8]);
  expect(rounds.map(({ items }) => items)).toEqual([[1], [2, 3], [4]]);
});

test("another key waits for nobody, and a key that was done begins anew", async () => {
  const { rounds, work } = createWork();
  const call = gather(2, work);
  const [first, other] = [call("a", 1), call("b", 2)];
  rounds[1]?.letGo();
  expect(await other).toBe(4);
  rounds[0]?.letGo();
  expect(await first).toBe(2);
  const again = call("a", 3);
  await expect.poll(() => rounds.length).toBe(3);
  rounds[2]?.letGo();
  expect(await again).toBe(6);
});

test("a failure is that of those who went together, and of no other", async () => {
  const { rounds, work } = createWork();
  const call = gather(2, work);
  const results = Promise.allSettled([1, 2, 3, 4].map((item) => call("a", item)));
  for (const [round, error] of [undefined, new Error("lost"), undefined].entries()) {
    await expect.poll(() => rounds.length).toBe(round + 1);
    rounds[round]?.letGo(error);
  }
  const states = (await results).map(({ status }) => status);
  expect(states).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
});
