import { beforeEach, describe, expect, test } from "vitest";
import { makeDocument } from "../../testing/records.ts";
import type { ContractRegistrations } from "../contract.ts";
import type { Registrations } from "../index.ts";
import { EVERYTHING, readAddresses, readAll } from "./read.ts";

/** In the order of their UTF-8 bytes. That of UTF-16 would put the last two before the three ahead of them. */
const ORDERED = [
  "A:1",
  "A:1-x",
  "A:10",
  "Z",
  "a",
  "a_b",
  "ab",
  "é",
  "مرحبا",
  "値",
  "\uE000",
  "\uFF5E",
  "\uFFFD",
  "\u{1F600}",
  "\u{10FFFD}",
];

/** Texts between, before and behind the addresses, each with how many addresses are not after it. */
const BOUNDS: [bound: string, before: number][] = [
  ...ORDERED.map((address, index): [string, number] => [address, index + 1]),
  ["", 0],
  ["A", 0],
  ["A:1\u0000\u0000", 1],
  ["A:1~", 3],
  ["b", 7],
  ["\uD7FF", 10],
  ["\uF000", 11],
  ["\uFFFE", 13],
  ["\u{1F5FF}", 13],
  ["\u{10FFFF}", 15],
];

export function describeReading(opened: () => ContractRegistrations): void {
  describe("unicode addresses", () => {
    let registrations: Registrations;
    beforeEach(async () => {
      registrations = opened().registrations;
      await registrations.put(
        ORDERED.toReversed().map((address, index) => makeDocument(`u${index}`, address)),
      );
    });

    test("come in the order of their UTF-8 bytes", async () => {
      expect(await readAddresses(registrations)).toEqual(ORDERED);
    });

    test("lie up to a bound or after it, never on both sides and never on none", async () => {
      for (const [bound, before] of BOUNDS) {
        const upTo = await readAddresses(registrations, { after: "", upTo: bound });
        expect(upTo, `up to ${bound}`).toEqual(ORDERED.slice(0, before));
        const after = await readAddresses(registrations, { after: bound, upTo: null });
        expect(after, `after ${bound}`).toEqual(ORDERED.slice(before));
      }
    });

    test("are counted as they are read", async () => {
      for (const [bound, before] of BOUNDS) {
        expect(await registrations.count({ after: "", upTo: bound }, undefined)).toBe(before);
        expect(await registrations.count({ after: bound, upTo: null }, undefined)).toBe(15 - before);
      }
      expect(await registrations.count({ after: "A:1", upTo: "\u{1F600}" }, undefined)).toBe(13);
    });

    test("are found from any text on, that text included", async () => {
      for (const [text, before] of BOUNDS) {
        const found = ORDERED.includes(text) ? text : (ORDERED[before] ?? null);
        expect(await registrations.firstFrom(text, EVERYTHING, undefined), `from ${text}`).toBe(found);
      }
    });

    test.each([
      { from: "", span: { after: "Z", upTo: null }, found: "a", why: "begins before the span" },
      { from: "Z", span: { after: "Z", upTo: null }, found: "a", why: "begins where the span does" },
      { from: "aa", span: { after: "Z", upTo: "ab" }, found: "ab", why: "finds the span's end" },
      { from: "ab", span: { after: "Z", upTo: "ab" }, found: "ab", why: "begins at the span's end" },
      { from: "ac", span: { after: "Z", upTo: "b" }, found: null, why: "begins behind all in the span" },
      { from: "é", span: { after: "Z", upTo: "ab" }, found: null, why: "begins behind the span" },
      { from: "", span: { after: "ab", upTo: "b" }, found: null, why: "looks in an empty span" },
    ])("a search that $why finds $found", async ({ from, span, found }) => {
      expect(await registrations.firstFrom(from, span, undefined)).toBe(found);
    });
  });

  test("documents with one address are neighbours and lie in one span", async () => {
    const { registrations } = opened();
    const shared = ["d", "a", "c", "b"].map((uid) => makeDocument(uid, "shared"));
    const others = [makeDocument("a1", "share"), makeDocument("b1", "shared0"), makeDocument("c1", "s")];
    await registrations.put([...shared, ...others]);
    const four = ["shared", "shared", "shared", "shared"];
    expect(await readAddresses(registrations)).toEqual(["s", "share", ...four, "shared0"]);
    expect(await readAddresses(registrations, { after: "share", upTo: "shared" })).toEqual(four);
    expect(await readAddresses(registrations, { after: "shared", upTo: null })).toEqual(["shared0"]);
    expect(await registrations.count({ after: "share", upTo: "shared" }, undefined)).toBe(4);
  });

  test("300 documents are read once each", async () => {
    const { registrations } = opened();
    const documents = Array.from({ length: 300 }, (_, index) =>
      makeDocument(`u${index}`, `address-${index % 250}`),
    );
    await registrations.put(documents);
    const read = await readAll(registrations);
    expect(read.map(({ path }) => path).sort()).toEqual(documents.map(({ path }) => path).sort());
    expect(read.map(({ address }) => address)).toEqual(documents.map(({ address }) => address).sort());
  });

  test("nothing is read where there is nothing", async () => {
    const { registrations } = opened();
    expect(await readAll(registrations)).toEqual([]);
    expect(await registrations.count(EVERYTHING, undefined)).toBe(0);
    expect(await registrations.firstFrom("", EVERYTHING, undefined)).toBeNull();
    expect(await registrations.size()).toBe(0);
  });
}
