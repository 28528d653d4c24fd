import { expect, test } from "vitest";
import { createFinishLast } from "./finish-last.ts";
import type { Sent } from "./leave-chunk.ts";

function start() {
  const finished: string[] = [];
  const whileInHand = createFinishLast(async (broadcast) => void finished.push(broadcast));
  /** Takes a chunk in hand; it leaves by what the function returned is called with. */
  const take = (broadcast: string) => {
    const { promise, resolve, reject } = Promise.withResolvers<Sent>();
    const sent = whileInHand(broadcast, () => promise);
    const leave = async (how: Sent) => {
      resolve(how);
      expect(await sent).toBe(how);
    };
    const fail = async () => {
      reject(new Error("the store is away"));
      await expect(sent).rejects.toThrow("the store is away");
    };
    return { leave, fail };
  };
  return { finished, take };
}

test("a chunk that is alone finishes its broadcast once it is settled, and only then", async () => {
  const { finished, take } = start();
  await take("b1").leave("later");
  expect(finished).toEqual([]);
  await take("b1").leave("settled");
  expect(finished).toEqual(["b1"]);
});

test.each<Sent>(["settled", "elsewhere", "later", "parked"])(
  "of several chunks the last to leave finishes the broadcast, even if it leaves as %s",
  async (how) => {
    const { finished, take } = start();
    const [first, second, third] = [take("b1"), take("b1"), take("b1")];
    await second.leave("settled");
    await first.leave("settled");
    expect(finished).toEqual([]);
    await third.leave(how);
    expect(finished).toEqual(["b1"]);
  },
);

test("a last chunk that fails finishes the broadcast too: what was settled before it is not forgotten", async () => {
  const { finished, take } = start();
  const [first, second] = [take("b1"), take("b1")];
  await first.leave("settled");
  await second.fail();
  expect(finished).toEqual(["b1"]);
  await take("b1").leave("elsewhere");
  expect(finished).toEqual(["b1"]);
});

test("a chunk of another broadcast holds up nothing", async () => {
  const { finished, take } = start();
  const [first, other] = [take("b1"), take("b2")];
  await first.leave("settled");
  expect(finished).toEqual(["b1"]);
  await other.leave("settled");
  expect(finished).toEqual(["b1", "b2"]);
});
