import { createHash } from "node:crypto";
import { endOfRun } from "@fanfare/shared/domain/address";
import { isBefore } from "@fanfare/shared/domain/bounds";
import { MAX_RANGES, RANGE_SIZE } from "@fanfare/shared/domain/range-count";
import { readsOfCount } from "@fanfare/shared/operations/estimate";
import type { Registrations } from "@fanfare/shared/registrations";
import { makeDocument } from "@fanfare/shared/testing/records";
import { runsOf } from "@fanfare/shared/testing/runs";
import { createStore, type TestStore } from "@fanfare/shared/testing/store";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { planCut } from "./cut-range.ts";

const EVERYTHING = { after: "", upTo: null };

let store: TestStore;
beforeEach(() => {
  store = createStore();
});
afterEach(() => store.close());

const letters = (seed: string | number) => createHash("sha256").update(String(seed)).digest("base64url");
const numbered = (name: string, index: number) => `${name}${String(index).padStart(9, "0")}`;

/** Ways in which addresses may be spread. Each makes an address of a number; some make the same of several. */
const LAYOUTS: Record<string, (index: number) => string> = {
  random: (index) => letters(index) + letters(-index),
  sequential: (index) => numbered("address-", index),
  "of one prefix": (index) => "x".repeat(140) + letters(index),
  "in two clusters": (index) => (index % 2 ? "a" : "z").repeat(20) + letters(index),
  "in one cluster and one far away": (index) => (index === 7 ? "zz" : "a".repeat(100) + letters(index)),
  "all equal": () => "one-address",
  "more than half equal": (index) => (index % 5 < 3 ? "m-address" : letters(index)),
  "of three values": (index) => `value-${index % 3}`,
  "beyond ASCII": (index) =>
    `プッシュ${String.fromCodePoint(0x4e00 + ((index * 7919) % 20_000), 0x3041 + (index % 80))}`,
  "of emoji": (index) =>
    String.fromCodePoint(0x1f300 + (index % 700), 0x1f300 + (Math.floor(index / 700) % 700)),
  "longer than an index entry": (index) => letters(index) + "r".repeat(2_000),
  "alike as far as an index goes": (index) => `${"q".repeat(1_500)}${index * 37}`,
  "alike nearly as far": (index) => `${"q".repeat(1_350)}${letters(index)}${"r".repeat(100)}`,
  "longer than a query takes, and few others": (index) =>
    (index % 5 ? "a" : "z").repeat(1_500) + (index % 7 ? "" : letters(index)),
  "that are numbers": (index) => String(index),
  "that begin one another": (index) => "a".repeat(1 + (index % 20)),
};

async function register(count: number, addressOf: (index: number) => string): Promise<string[]> {
  const addresses = Array.from({ length: count }, (_, index) => addressOf(index));
  await store.registrations.put(addresses.map((address, index) => makeDocument(`u${index}`, address)));
  return addresses;
}

/** The registrations, how often they were asked, for how many document reads, and with texts of what length. */
function countCalls({ registrations } = store) {
  const calls = { count: 0, firstFrom: 0, reads: 0, longest: 0 };
  const measure = (...texts: (string | null)[]) => {
    for (const text of texts) calls.longest = Math.max(calls.longest, Buffer.byteLength(text ?? ""));
  };
  const asked: Pick<Registrations, "count" | "firstFrom"> = {
    async count(span, platforms) {
      const count = await registrations.count(span, platforms);
      calls.count += 1;
      calls.reads += readsOfCount(count);
      measure(span.after, span.upTo);
      return count;
    },
    firstFrom(from, span, platforms) {
      calls.firstFrom += 1;
      calls.reads += 1;
      measure(from, span.after, span.upTo);
      return registrations.firstFrom(from, span, platforms);
    },
  };
  return { registrations: asked, calls };
}

/** The addresses between each two neighbours among the bounds. */
function divide(addresses: readonly string[], bounds: readonly string[]): string[][] {
  const sorted = addresses.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const parts: string[][] = [];
  let from = 0;
  for (const bound of bounds) {
    let to = from;
    while (to < sorted.length && !isBefore(bound, sorted[to] ?? "")) to++;
    parts.push(sorted.slice(from, to));
    from = to;
  }
  return [...parts, sorted.slice(from)];
}

function expectGoodCut(addresses: readonly string[], bounds: readonly string[], rangeSize: number): void {
  const ends = new Set(addresses.map(endOfRun));
  for (const [index, bound] of bounds.entries()) {
    expect(ends.has(bound), "each bound is the end of a run that is present").toBe(true);
    expect(isBefore(bounds[index - 1] ?? "", bound), "bounds increase").toBe(true);
  }
  const parts = divide(addresses, bounds);
  expect(parts.length).toBeLessThanOrEqual(MAX_RANGES);
  expect(Math.min(...parts.map((part) => part.length)), "no part is empty").toBeGreaterThan(0);
  const wanted = Math.min(MAX_RANGES - 1, Math.ceil(addresses.length / rangeSize));
  const share = addresses.length / wanted;
  const tooLarge = parts.filter((part) => part.length > 2 * share && new Set(part.map(endOfRun)).size > 1);
  expect(tooLarge.map((part) => part.length)).toEqual([]);
}

describe.each(Object.entries(LAYOUTS))("3,000 addresses %s", (_, addressOf) => {
  test.each([25, 1_000])("are cut into ranges of about %i, none over twice its share", async (rangeSize) => {
    const addresses = await register(3_000, addressOf);
    const { registrations, calls } = countCalls();
    const bounds = await planCut(registrations, EVERYTHING, undefined, rangeSize);
    expectGoodCut(addresses, bounds, rangeSize);
    const ranges = Math.ceil(addresses.length / rangeSize);
    expect(calls.count).toBeLessThan(8 * ranges + 20);
    expect(calls.firstFrom).toBeLessThan(60 * ranges + 200);
    expect(calls.longest, "bytes that Firestore takes in a query").toBeLessThan(1_500);
  });
});

test("a large audience is cut into at most 400 ranges, however small they are asked to be", async () => {
  const addresses = await register(10_000, LAYOUTS.random as (index: number) => string);
  const { registrations, calls } = countCalls();
  const bounds = await planCut(registrations, EVERYTHING, undefined, 3);
  expectGoodCut(addresses, bounds, 3);
  expect(bounds.length).toBeGreaterThan(190);
  expect(calls.count).toBeLessThan(1_200);
});

test("10,000 registrations of one address stay one range, and that is seen soon", async () => {
  await register(10_000, () => "one-address");
  const { registrations, calls } = countCalls();
  expect(await planCut(registrations, EVERYTHING, undefined, 100)).toEqual([]);
  expect(calls.count).toBeLessThan(5);
});

test.each([0, 1, 99, 100])("%i registrations are one range of 100", async (count) => {
  await register(count, (index) => numbered("a", index));
  expect(await planCut(store.registrations, EVERYTHING, undefined, 100)).toEqual([]);
});

test("any addresses are cut well", async () => {
  const addresses = fc.array(fc.string({ unit: "binary", minLength: 1, maxLength: 12 }), {
    minLength: 1,
    maxLength: 120,
    size: "max",
  });
  const property = fc.asyncProperty(addresses, fc.integer({ min: 1, max: 30 }), async (texts, rangeSize) => {
    const fresh = createStore();
    const documents = texts.map((text, index) => makeDocument(`u${index}`, text));
    await fresh.registrations.put(documents);
    expectGoodCut(texts, await planCut(fresh.registrations, EVERYTHING, undefined, rangeSize), rangeSize);
    await fresh.close();
  });
  await fc.assert(property, { numRuns: runsOf(60) });
});

describe("any spread of 40,000 addresses", () => {
  const COUNT = 40_000;
  const alphabet = fc.constantFrom(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_",
    "0123456789",
    "ab",
  );
  /** Addresses that begin alike, and go on at random, by counting, or not at all. */
  const cluster = fc.record({
    start: fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom("", "x".repeat(140), "y".repeat(1_600))),
    alphabet,
    how: fc.constantFrom("random", "counting", "equal"),
    weight: fc.integer({ min: 1, max: 20 }),
  });
  const clusters = fc.array(cluster, { minLength: 1, maxLength: 5 });

  type Cluster = typeof cluster extends fc.Arbitrary<infer T> ? T : never;

  function addressOf({ start, alphabet, how }: Cluster, index: number): string {
    if (how === "equal") return `${start}=`;
    if (how === "counting") return numbered(start, index);
    const digest = createHash("sha256").update(String(index)).digest();
    return start + Array.from(digest, (byte) => alphabet[byte % alphabet.length]).join("");
  }

  test("is cut into ranges of at most twice their share, for at most 2 % of the reads", async () => {
    const property = fc.asyncProperty(clusters, async (made) => {
      const fresh = createStore();
      const spread = made.flatMap((one) => Array<Cluster>(one.weight).fill(one));
      const addresses = Array.from({ length: COUNT }, (_, index) => {
        const one = spread[index % spread.length];
        return one ? addressOf(one, index) : "";
      });
      await fresh.registrations.put(addresses.map((address, index) => makeDocument(`u${index}`, address)));
      const { registrations, calls } = countCalls(fresh);
      expectGoodCut(addresses, await planCut(registrations, EVERYTHING, undefined, RANGE_SIZE), RANGE_SIZE);
      expect(calls.reads).toBeLessThanOrEqual(COUNT * 0.02);
      expect(calls.longest).toBeLessThan(1_500);
      await fresh.close();
    });
    await fc.assert(property, { numRuns: runsOf(6) });
  });
});

test("a part of the audience is cut within its own bounds", async () => {
  const addresses = await register(1_000, (index) => numbered("a", index));
  const span = { after: numbered("a", 299), upTo: numbered("a", 699) };
  const within = addresses.slice(300, 700);
  const bounds = await planCut(store.registrations, span, undefined, 50);
  expectGoodCut(within, bounds, 50);
  expect(bounds.length).toBeGreaterThan(3);
  expect(bounds.every((bound) => within.includes(bound) && bound !== span.upTo)).toBe(true);
});

test("only the audience's platforms count", async () => {
  const addresses = Array.from({ length: 600 }, (_, index) => numbered("a", index));
  const type = (index: number) => (index < 500 ? "Android" : "iOS");
  await store.registrations.put(
    addresses.map((address, index) => makeDocument(`u${index}`, address, { deviceType: type(index) })),
  );
  const bounds = await planCut(store.registrations, EVERYTHING, ["ios"], 10);
  expectGoodCut(addresses.slice(500), bounds, 10);
  expect(bounds.length).toBeGreaterThan(4);
});
