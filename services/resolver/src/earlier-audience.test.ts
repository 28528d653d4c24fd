import { readAudience } from "@fanfare/shared/audience/read-audience";
import { tryFinish } from "@fanfare/shared/broadcasts/try-finish";
import { isBefore } from "@fanfare/shared/domain/bounds";
import type { Broadcast, Earlier } from "@fanfare/shared/domain/broadcast";
import { type Chunk, freshProgress } from "@fanfare/shared/domain/chunk";
import { rangeId } from "@fanfare/shared/domain/ids";
import { type Outcome, rejected } from "@fanfare/shared/domain/outcome";
import { EVERYTHING } from "@fanfare/shared/domain/range";
import { makeDocument } from "@fanfare/shared/testing/records";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { resolveRange } from "./resolve-range.ts";
import { type Bench, createBench } from "./testing/bench.ts";

let bench: Bench;
beforeEach(() => {
  bench = createBench();
});
afterEach(() => bench.store.close());

/** Resolves every range of a broadcast that is still open. */
async function resolveAll(id: string): Promise<void> {
  expect(await resolveRange(bench.deps, rangeId(id, 0))).toBe("closed");
  for (const range of await bench.store.ledger.ranges(id))
    if (range.state === "open") expect(await resolveRange(bench.deps, range.id)).toBe("closed");
}

/** The chunks that are read from now on. */
function noteChunks(): string[] {
  const read: string[] = [];
  const { ledger } = bench.deps;
  bench.deps.ledger = {
    ...ledger,
    async *chunks(...request) {
      for await (const chunk of ledger.chunks(...request)) {
        read.push(chunk.id);
        yield chunk;
      }
    },
  };
  return read;
}

type Fate = (address: string) => Outcome;

/** Sends a broadcast to its end, with an outcome for each address. */
async function settleAll(id: string, fate: Fate): Promise<Broadcast | null> {
  const chunks = await Array.fromAsync(bench.store.ledger.chunks(id));
  for (const { id: chunk, members } of chunks) {
    const claim = await bench.store.ledger.claimChunk(chunk, "repeat");
    if (claim.kind !== "claimed") throw new Error(claim.kind);
    const progress = freshProgress(0);
    for (const [index, { address }] of members.entries()) {
      const outcome = fate(address);
      if (outcome !== "accepted") progress.outcomes[index] = outcome;
    }
    await bench.store.ledger.settleChunk(chunk, claim.epoch, progress);
  }
  await tryFinish(bench.deps, id);
  return bench.store.broadcasts.get(id);
}

async function send(name: string, fate: Fate, fields: Partial<Broadcast> = {}): Promise<string> {
  const { id } = await bench.start(name, fields);
  await resolveAll(id);
  expect((await settleAll(id, fate))?.books).not.toBeNull();
  return id;
}

const follow = (name: string, who: Earlier["who"], ...broadcasts: string[]) =>
  bench.start(name, { audience: { of: { broadcasts, who } }, releasedAt: bench.store.now() });

const addressesOf = async (id: string) => (await bench.chunksOf(id)).flat();

const FATES: Outcome[] = [
  "accepted",
  "unknown",
  "expired",
  "cancelled",
  rejected("UNDELIVERED"),
  rejected("THIRD_PARTY_AUTH_ERROR"),
  rejected("UNREGISTERED"),
  rejected("SENDER_ID_MISMATCH"),
];
const byNumber: Fate = (address) => FATES[Number(address.slice(-1))] ?? "accepted";

describe("members of an earlier broadcast are", () => {
  test.each([
    ["seen" as const, [0, 1]],
    ["retryable" as const, [2, 4, 5]],
  ])("those who are %s, as they were found then", async (who, numbers) => {
    const addresses = await bench.register(FATES.length);
    const twin = { ...makeDocument("twin", addresses[numbers[0] ?? 0] ?? ""), path: "users/v/fcm_tokens/t" };
    await bench.store.registrations.put([twin]);
    const first = await send("first", byNumber);
    await bench.store.advance(1_000);
    const second = await follow("second", who, first);
    await resolveAll(second.id);
    expect(await addressesOf(second.id)).toEqual(numbers.map((number) => addresses[number]));
    const find = async (id: string) =>
      (await Array.fromAsync(bench.store.ledger.chunks(id))).flatMap(({ members }) => members);
    const before = await find(first);
    expect(await find(second.id)).toEqual(numbers.map((number) => before[number]));
    expect(before[numbers[0] ?? 0]).toMatchObject({ others: ["users/v/fcm_tokens/t"], platform: "android" });
    expect(await bench.store.ledger.books(second.id)).toMatchObject({ late: 0, withoutAddress: 0 });
  });

  test("those of ranges that died, too, as far as they were there at its release", async () => {
    await bench.register(60);
    bench.deps.rangeSize = 20;
    const { id } = await bench.start("half dead");
    await resolveRange(bench.deps, rangeId(id, 0));
    const [, first, second, ...rest] = await bench.store.ledger.ranges(id);
    if (!first || !second) throw new Error("it was not cut");
    await bench.store.ledger.buryRange(first.id, 0, 20);
    await bench.store.ledger.stopRange(second.id, 20);
    for (const range of rest) await resolveRange(bench.deps, range.id);
    await settleAll(id, () => "accepted");
    await bench.store.advance(1);
    await bench.store.registrations.put([makeDocument("new", "address-0000001")]);
    const retry = await follow("retry", "retryable", id);
    await resolveAll(retry.id);
    const dead = readAudience(bench.store, {}, first.span);
    const expected = (await Array.fromAsync(dead.batches)).flat().map(({ address }) => address);
    expect(expected).toContain("address-0000001");
    expect(await addressesOf(retry.id)).toEqual(expected.filter((one) => one !== "address-0000001"));
  });
});

describe("an earlier broadcast that was cut", () => {
  beforeEach(() => {
    bench.deps.rangeSize = 40;
    bench.deps.limits = { chunkMembers: 3, pageMembers: 6 };
  });

  test("cuts its follower at the same places, and each part reads its own chunks alone", async () => {
    const addresses = await bench.register(400);
    const first = await send("first", () => "accepted");
    const second = await follow("second", "seen", first);
    expect(await resolveRange(bench.deps, rangeId(second.id, 0))).toBe("closed");
    const spans = async (id: string) =>
      (await bench.store.ledger.ranges(id)).slice(1).map(({ span }) => span);
    expect(await spans(second.id)).toEqual(await spans(first));
    const read = noteChunks();
    await resolveAll(second.id);
    expect(await addressesOf(second.id)).toEqual(addresses);
    const all: Chunk[] = await Array.fromAsync(bench.store.ledger.chunks(first));
    expect(read).toEqual(all.map(({ id }) => id));
  });

  test("is not read on behind the end of a span", async () => {
    const addresses = await bench.register(30);
    const first = await send("first", () => "accepted");
    const read = noteChunks();
    const span = { after: addresses[3] ?? "", upTo: addresses[7] ?? "" };
    const of = { broadcasts: [first], who: "seen" as const };
    const batches = await Array.fromAsync(readAudience(bench.deps, { of }, span).batches);
    expect(batches.flat().map(({ address }) => address)).toEqual(addresses.slice(4, 8));
    expect(read).toHaveLength(3);
  });

  test("is read on from the cursor when a holder died", async () => {
    const addresses = await bench.register(30);
    const first = await send("first", byNumber);
    const second = await follow("second", "seen", first);
    const seen = addresses.filter((address) => ["0", "1", "8", "9"].includes(address.slice(-1)));
    bench.bus.failNext("before");
    await expect(resolveRange(bench.deps, rangeId(second.id, 0))).rejects.toThrow("told to fail");
    expect(await addressesOf(second.id)).toEqual(seen.slice(0, 6));
    await bench.store.advance(30_000);
    await resolveAll(second.id);
    expect(await addressesOf(second.id)).toEqual(seen);
    expect(await bench.store.ledger.ranges(second.id)).toMatchObject([{ counts: { read: seen.length } }]);
  });
});

test("the records of an earlier broadcast are missed, not taken for nobody", async () => {
  const { id } = await follow("late", "seen", "b000000000000000000000000");
  await expect(resolveRange(bench.deps, rangeId(id, 0))).rejects.toMatchObject({ code: "SOURCE_MISSING" });
});

const population = fc.uniqueArray(
  fc.string({ unit: fc.constantFrom("a", "b", "\uFF5E", "\u{1F600}"), maxLength: 3 }),
  {
    minLength: 1,
    maxLength: 40,
  },
);
const fates = fc.array(fc.constantFrom(...FATES), { minLength: 1, maxLength: 20 });
const sorted = (addresses: string[]) => addresses.toSorted((a, b) => (isBefore(a, b) ? -1 : 1));

test("whoever saw a broadcast or a retry of it is found once, in order, however both were cut", async () => {
  const property = fc.asyncProperty(
    population,
    fc.tuple(fates, fates),
    fc.tuple(fc.integer({ min: 2, max: 20 }), fc.integer({ min: 1, max: 5 })),
    async (made, [before, after], [rangeSize, chunkMembers]) => {
      await bench.store.close();
      bench = createBench();
      const addresses = sorted(made.filter((one) => one !== ""));
      Object.assign(bench.deps, { rangeSize, limits: { chunkMembers, pageMembers: 2 * chunkMembers } });
      await bench.store.registrations.put(addresses.map((one, index) => makeDocument(`u${index}`, one)));
      const fateOf = (list: Outcome[]) => (address: string) =>
        list[addresses.indexOf(address) % list.length] ?? "accepted";
      const first = await send("first", fateOf(before));
      const retry = await follow("retry", "retryable", first);
      await resolveAll(retry.id);
      const failed = addresses.filter((one) => RETRYABLE.has(fateOf(before)(one)));
      expect(await addressesOf(retry.id)).toEqual(failed);
      await settleAll(retry.id, fateOf(after));
      const correction = await follow("correction", "seen", first, retry.id);
      await resolveAll(correction.id);
      const saw = (one: string) =>
        SEEN.has(fateOf(before)(one)) || (failed.includes(one) && SEEN.has(fateOf(after)(one)));
      expect(await addressesOf(correction.id)).toEqual(addresses.filter(saw));
      const whole = readAudience(bench.store, correction.audience, EVERYTHING);
      expect((await Array.fromAsync(whole.batches)).flat()).toHaveLength(addresses.filter(saw).length);
    },
  );
  await fc.assert(property, { numRuns: 40 });
});

const SEEN = new Set<Outcome>(["accepted", "unknown"]);
const RETRYABLE = new Set<Outcome>(["expired", rejected("UNDELIVERED"), rejected("THIRD_PARTY_AUTH_ERROR")]);
