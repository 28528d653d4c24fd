import type { Delivery } from "@fanfare/shared/bus";
import { SOURCE_SUBSCRIPTION } from "@fanfare/shared/bus/dead-letters";
import { rangeId } from "@fanfare/shared/domain/ids";
import { audienceRanges } from "@fanfare/shared/events/audience-ranges";
import { broadcastsDue } from "@fanfare/shared/events/broadcasts-due";
import { makeDocument } from "@fanfare/shared/testing/records";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bury } from "./bury.ts";
import { resolveRange } from "./resolve-range.ts";
import { type Bench, createBench } from "./testing/bench.ts";

let bench: Bench;
beforeEach(() => {
  bench = createBench();
});
afterEach(() => bench.store.close());

function deadLetter(data: string, from: string): Delivery {
  return { messageId: "m", data, attributes: { [SOURCE_SUBSCRIPTION]: from }, attempt: 1 };
}

const deadRange = (id: string) => deadLetter(audienceRanges.encode({ rangeId: id }).data, "resolver.ranges");
const deadDue = (broadcastId: string) =>
  deadLetter(broadcastsDue.encode({ broadcastId }).data, "resolver.due");

async function buryTimes(count: number, delivery: Delivery): Promise<void> {
  for (let time = 0; time < count; time++) await bury(bench.deps, delivery);
}

async function stateOf(id: string): Promise<string | undefined> {
  const ranges = await bench.store.ledger.ranges(id.split(".")[0] ?? "");
  return ranges.find((range) => range.id === id)?.state;
}

describe.each([
  ["range", (id: string) => deadRange(rangeId(id, 0))],
  ["release", (id: string) => deadDue(id)],
])("a dead letter about a %s", (_, makeLetter) => {
  test("lets the tick try again, three times", async () => {
    await bench.register(2);
    const { id } = await bench.start("unlucky");
    for (let time = 0; time < 3; time++) {
      await bury(bench.deps, makeLetter(id));
      expect(await bench.store.ledger.hints(10)).toEqual([]);
      await bench.store.advance(30_000);
      expect(await bench.store.ledger.hints(10)).toEqual([{ kind: "range", id: rangeId(id, 0) }]);
    }
    expect(await resolveRange(bench.deps, rangeId(id, 0)), "it can still be read").toBe("closed");
    expect((await bench.chunksOf(id)).flat()).toHaveLength(2);
  });

  test("ends the broadcast the fourth time, and the books say how many were never resolved", async () => {
    await bench.register(7);
    await bench.store.registrations.put([makeDocument("ios", "z", { deviceType: "iOS" })]);
    const { id } = await bench.start("dead", { audience: { platforms: ["android"] } });
    await buryTimes(4, makeLetter(id));
    expect(await stateOf(rangeId(id, 0))).toBe("dead");
    expect(await bench.store.ledger.hints(10)).toEqual([]);
    expect(await bench.store.broadcasts.get(id)).toMatchObject({
      phase: "failed",
      fault: "about 7 registrations could not be read",
      books: { resolved: 0, open: 0, unresolvedAbout: 7 },
      owes: [],
    });
    expect(await resolveRange(bench.deps, rangeId(id, 0)), "a message that comes late").toBe("closed");
    expect(await bench.chunksOf(id)).toEqual([]);
  });
});

test("a part that dies leaves only itself unread", async () => {
  const addresses = await bench.register(200);
  bench.deps.rangeSize = 50;
  const { id } = await bench.start("one part");
  await resolveRange(bench.deps, rangeId(id, 0));
  const [, dead, ...others] = await bench.store.ledger.ranges(id);
  await buryTimes(4, deadRange(dead?.id ?? ""));
  expect((await bench.store.broadcasts.get(id))?.phase, "the others are still open").toBe("running");
  for (const range of others) await resolveRange(bench.deps, range.id);
  const unread = addresses.filter((address) => address <= (dead?.span.upTo ?? ""));
  const books = await bench.store.ledger.books(id);
  expect(books).toMatchObject({ unresolvedAbout: unread.length, resolved: 200 - unread.length });
});

test("a range that dies half read leaves only its rest unread", async () => {
  await bench.register(2_300);
  const { id } = await bench.start("half");
  bench.bus.failNext("after");
  await expect(resolveRange(bench.deps, rangeId(id, 0))).rejects.toThrow();
  await bench.store.advance(30_000);
  await buryTimes(4, deadRange(rangeId(id, 0)));
  expect(await bench.store.ledger.books(id)).toMatchObject({ unresolvedAbout: 300, resolved: 2_000 });
});

test("a range that dies after it was cut leaves nothing unread: its parts are others' work", async () => {
  const addresses = await bench.register(200);
  bench.deps.rangeSize = 50;
  const { id } = await bench.start("cut");
  bench.bus.failNext("before");
  await expect(resolveRange(bench.deps, rangeId(id, 0))).rejects.toThrow();
  await bench.store.advance(30_000);
  await buryTimes(4, deadRange(rangeId(id, 0)));
  const [root, ...parts] = await bench.store.ledger.ranges(id);
  expect(root?.state).toBe("dead");
  for (const part of parts) await resolveRange(bench.deps, part.id);
  expect((await bench.chunksOf(id)).flat()).toEqual(addresses);
  expect(await bench.store.ledger.books(id)).toMatchObject({ unresolvedAbout: 0, resolved: 200 });
});

test("listed users that were never resolved are counted by their list", async () => {
  const users = Array.from({ length: 12 }, (_, index) => `users/u${index}`);
  const { id } = await bench.start("listed", { audience: { users } });
  await buryTimes(4, deadDue(id));
  expect(await bench.store.broadcasts.get(id)).toMatchObject({
    phase: "failed",
    books: { unresolvedAbout: 12 },
  });
});

test("a range that somebody reads, or that is closed, is left alone", async () => {
  const { id } = await bench.start("busy");
  const claim = await bench.store.ledger.claimRange(rangeId(id, 0));
  if (claim.kind !== "claimed") throw new Error(claim.kind);
  await buryTimes(5, deadRange(rangeId(id, 0)));
  expect(await stateOf(rangeId(id, 0))).toBe("open");
  const noCounts = { read: 0, withoutAddress: 0, late: 0 };
  expect(await bench.store.ledger.closeRange(rangeId(id, 0), claim.epoch, noCounts)).toBe("done");
  await buryTimes(5, deadRange(rangeId(id, 0)));
  expect(await stateOf(rangeId(id, 0))).toBe("closed");
});

test("a letter about nothing changes nothing, and one that cannot be read is an error for good", async () => {
  await buryTimes(5, deadRange(rangeId(`b${"0".repeat(24)}`, 0)));
  await buryTimes(5, deadDue(`b${"0".repeat(24)}`));
  expect(await bench.store.broadcasts.list(undefined, 10)).toEqual([]);
  await expect(bury(bench.deps, deadLetter("{", "resolver.ranges"))).rejects.toMatchObject({
    code: "NOT_JSON",
  });
});

test("every letter is noted, with what it was about", async () => {
  const { id } = await bench.start("noted");
  await bury(bench.deps, deadRange(rangeId(id, 0)));
  await bury(bench.deps, { ...deadDue(id), messageId: "n" });
  const noted = await bench.store.health.deadLetters(10);
  const about = Object.fromEntries(noted.map((letter) => [letter.subscription, letter.about]));
  expect(about).toEqual({ "resolver.ranges": rangeId(id, 0), "resolver.due": id });
});
