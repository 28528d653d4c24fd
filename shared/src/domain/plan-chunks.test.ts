import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isBefore } from "./bounds.ts";
import { CHUNK_SIZE, type Member, OTHERS_KEPT } from "./chunk.ts";
import { type PlannedPage, planPages } from "./plan-chunks.ts";
import type { Registration } from "./registration.ts";

const RELEASED = 1_000;

/** Documents in the order in which stores read them: by address, then by path. */
function inOrder(documents: Registration[]): Registration[] {
  const key = ({ address, path }: Registration) => Buffer.from(`${address}\n${path}`);
  const byAddress = (a: Registration, b: Registration) =>
    Buffer.compare(Buffer.from(a.address ?? ""), Buffer.from(b.address ?? "")) ||
    Buffer.compare(key(a), key(b));
  return documents.toSorted(byAddress);
}

async function* inBatches(
  documents: readonly Registration[],
  sizes: readonly number[],
): AsyncGenerator<Registration[]> {
  for (let start = 0, turn = 0; start < documents.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield documents.slice(start, start + size);
    start += size;
  }
}

const plan = (documents: readonly Registration[], sizes: readonly number[] = [500]) =>
  Array.fromAsync(planPages(inBatches(documents, sizes), RELEASED));

const membersOf = (pages: readonly PlannedPage[]): Member[] => pages.flatMap(({ chunks }) => chunks.flat());

/** What the audience should become, said in another way: the first eligible document of each address, and the others. */
function expectedMembers(documents: readonly Registration[]): Member[] {
  const eligible = documents.filter(
    ({ address, createdAt }) => createdAt <= RELEASED && address?.trim() === address,
  );
  const byAddress = Map.groupBy(eligible, ({ address }) => address ?? "");
  return [...byAddress].flatMap(([address, [first, ...rest]]) => {
    if (!first) return [];
    const others = rest.length > OTHERS_KEPT ? "crowd" : rest.map(({ path }) => path);
    const { kind, path } = first;
    return [{ address, kind, path, platform: "ios", ...(rest.length > 0 && { others }) }];
  });
}

function expectPlanned(documents: readonly Registration[], pages: readonly PlannedPage[]): void {
  expect(membersOf(pages)).toEqual(expectedMembers(documents));
  let after = "";
  for (const [index, { chunks, cursor, counts }] of pages.entries()) {
    const covered = documents.filter(
      ({ address }) => isBefore(after, address ?? "") && !isBefore(cursor, address ?? ""),
    );
    const isSpaced = ({ address }: Registration) => address?.trim() !== address;
    const spaced = covered.filter(isSpaced).length;
    const late = covered.filter((one) => !isSpaced(one) && one.createdAt > RELEASED).length;
    expect(counts, "a page covers whole addresses").toEqual({
      read: covered.length,
      withoutAddress: spaced,
      ...(spaced > 0 && { spaced }),
      late,
    });
    expect(membersOf([{ chunks, cursor, counts }])).toEqual(expectedMembers(covered));
    const sizes = chunks.map((chunk) => chunk.length);
    expect(sizes.slice(0, -1)).toEqual(sizes.slice(0, -1).map(() => CHUNK_SIZE));
    expect(sizes.every((size) => size > 0 && size <= CHUNK_SIZE)).toBe(true);
    if (index < pages.length - 1) expect(sizes).toEqual([500, 500, 500, 500]);
    after = cursor;
  }
  expect(after).toBe(documents.at(-1)?.address ?? "");
}

function makeRegistration(address: string, path: string, createdAt = 0): Registration {
  return { path: `users/${path}/fcm_tokens/t`, address, kind: "token", deviceType: "iOS", createdAt };
}

test("each address with an eligible document is a member once, whatever the registrations", async () => {
  const address = fc.oneof(
    fc.constantFrom("a", "b", "ab", "é", "\u{1F600}", "\uFF5E"),
    fc.string({ unit: "binary", minLength: 1, maxLength: 4 }),
  );
  const createdAt = fc.constantFrom(0, RELEASED - 1, RELEASED, RELEASED + 1, 5_000);
  const kind = fc.constantFrom("token", "fid");
  const registrations = fc.array(fc.record({ address, createdAt, kind }), { maxLength: 60, size: "max" });
  const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 });
  const property = fc.asyncProperty(registrations, sizes, async (made, batches) => {
    const documents = inOrder(
      made.map((one, index) => ({ ...makeRegistration(one.address, `u${index}`), ...one })),
    );
    expectPlanned(documents, await plan(documents, batches));
  });
  await fc.assert(property, { numRuns: 300 });
});

test("pages of a large audience end between two addresses", async () => {
  const crowds = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 0, maxLength: 6_000, size: "max" });
  const property = fc.asyncProperty(crowds, async (crowd) => {
    const documents = crowd.flatMap((count, index) =>
      Array.from({ length: count }, (_, copy) => {
        const createdAt = (index + copy) % 7 === 0 ? RELEASED + 1 : 0;
        return makeRegistration(String(index).padStart(6, "0"), `${index}-${copy}`, createdAt);
      }),
    );
    expectPlanned(documents, await plan(documents));
  });
  await fc.assert(property, { numRuns: 12 });
});

describe("at the edges", () => {
  const distinct = (count: number) =>
    Array.from({ length: count }, (_, index) =>
      makeRegistration(String(index).padStart(6, "0"), String(index)),
    );
  const sizesOf = (pages: readonly PlannedPage[]) =>
    pages.map(({ chunks }) => chunks.map((chunk) => chunk.length));

  test.each([
    [0, []],
    [1, [[1]]],
    [500, [[500]]],
    [501, [[500, 1]]],
    [2_000, [[500, 500, 500, 500]]],
    [2_001, [[500, 500, 500, 500], [1]]],
  ])("%i addresses make these chunks", async (count, sizes) => {
    expect(sizesOf(await plan(distinct(count)))).toEqual(sizes);
  });

  test("an address that many documents hold stays in one page", async () => {
    const before = distinct(1_999);
    const crowd = Array.from({ length: 3_000 }, (_, index) => makeRegistration("x", `crowd-${index}`));
    const documents = [...before, ...inOrder(crowd), makeRegistration("y", "y")];
    const pages = await plan(documents);
    expectPlanned(documents, pages);
    expect(pages.map(({ cursor, counts }) => [cursor, counts.read])).toEqual([
      ["x", 4_999],
      ["y", 1],
    ]);
  });

  test("where everybody came late nobody is a member, and the page still leads to the end", async () => {
    const documents = [makeRegistration("a", "1", RELEASED + 1), makeRegistration("b", "2", RELEASED + 1)];
    const counts = { read: 2, withoutAddress: 0, late: 2 };
    expect(await plan(documents)).toEqual([{ chunks: [], cursor: "b", counts }]);
  });

  test("documents without an address are nobody's", async () => {
    const documents = [{ ...makeRegistration("", "1"), address: null }, makeRegistration("a", "2")];
    const pages = await plan(documents);
    expect(membersOf(pages).map(({ address }) => address)).toEqual(["a"]);
    expect(pages[0]?.counts.read).toBe(1);
  });
});

test("a text with white space around it counts as no address, is counted, and no page ends within those alike", async () => {
  const texts = [" b", "a", "a ", "a\n", "b"];
  const documents = texts.map((text, index) => makeRegistration(text, String(index)));
  const [page, ...others] = await plan([
    ...documents,
    { ...makeRegistration(" ", "6"), createdAt: RELEASED + 1 },
  ]);
  expect(others).toEqual([]);
  expect(page?.chunks.flat().map(({ address }) => address)).toEqual(["a", "b"]);
  expect(page?.counts).toEqual({ read: 6, withoutAddress: 4, spaced: 4, late: 0 });
});

describe("long texts", () => {
  test("texts too long for any address are counted, and nobody's, and no page ends between those alike", async () => {
    const long = "q".repeat(1_400);
    const documents = [
      ...["first", "p", `${long}b`, `${long}a`, `${long}c`, "r"].map((text, index) =>
        makeRegistration(text, String(index)),
      ),
    ];
    const batches = inBatches(documents, [2]);
    const pages = await Array.fromAsync(planPages(batches, RELEASED, { chunkMembers: 2, pageMembers: 2 }));
    expect(pages.map(({ chunks }) => chunks.flat().map(({ address }) => address))).toEqual([
      ["first", "p"],
      ["r"],
    ]);
    expect(pages.map(({ counts }) => counts)).toEqual([
      { read: 2, withoutAddress: 0, late: 0 },
      { read: 4, withoutAddress: 3, late: 0 },
    ]);
    expect(pages.map(({ cursor }) => cursor)).toEqual(["p", "r"]);
    const [only] = await plan(documents.slice(2, 5));
    expect(only).toMatchObject({ chunks: [], cursor: `${long}\u{10FFFF}` });
  });

  test("no chunk comes near the size of a document, nor a page that of a request", async () => {
    const text = fc.integer({ min: 1, max: 1_390 });
    const property = fc.asyncProperty(fc.array(text, { maxLength: 1_500, size: "max" }), async (sizes) => {
      // The worst of JSON: six bytes a character.
      const documents = sizes.map((size, index) =>
        makeRegistration(String(index).padStart(6, "0"), "\u0001".repeat(size)),
      );
      const pages = await plan(documents);
      expect(membersOf(pages)).toEqual(expectedMembers(documents));
      for (const { chunks } of pages) {
        const bytes = chunks.map((chunk) => Buffer.byteLength(JSON.stringify(chunk)));
        expect(Math.max(...bytes)).toBeLessThan(1_040_000);
        expect(bytes.reduce((a, b) => a + b, 0)).toBeLessThan(5_000_000);
      }
    });
    await fc.assert(property, { numRuns: 10 });
  });
});

describe("a member's platform", () => {
  test.each<[string, Member["platform"]]>([
    ["Android", "android"],
    ["iOS", "ios"],
    ["WEB", "web"],
    ["iPhone", "ios"],
    ["FCM", undefined],
    ["", undefined],
  ])("of the spelling %j is %s", async (deviceType, platform) => {
    const [member] = membersOf(await plan([{ ...makeRegistration("a", "1"), deviceType }]));
    expect(member).toEqual({
      ...{ address: "a", kind: "token", path: "users/1/fcm_tokens/t" },
      ...(platform && { platform }),
    });
  });

  test("is that of the first document with its address", async () => {
    const [first, second] = [makeRegistration("a", "1"), makeRegistration("a", "2")];
    const members = membersOf(await plan([{ ...first, deviceType: "web" }, second]));
    expect(members).toMatchObject([{ platform: "web" }]);
  });

  test("is kept of a member of an earlier broadcast, whose spelling is not known any more", async () => {
    const earlier = { ...makeRegistration("a", "1"), deviceType: "", platform: "ios" as const };
    expect(membersOf(await plan([earlier]))).toMatchObject([{ platform: "ios" }]);
  });
});

describe("who was a member before", () => {
  const member = (path: string, others?: string[] | "crowd") => ({
    ...makeRegistration("a", path),
    path,
    ...(others && { others }),
  });

  test.each([
    ["keeps where else his address is", [member("1", ["2", "3"])], ["2", "3"]],
    ["keeps that it is in too many places", [member("1", "crowd"), member("2")], "crowd"],
    ["is one with whoever has his address", [member("1", ["2"]), member("3", ["4"])], ["2", "3", "4"]],
    ["is one with a crowd", [member("1", ["2"]), member("3", "crowd")], "crowd"],
  ])("%s", async (_, documents, others) => {
    const [first] = documents;
    expect(membersOf(await plan(documents))).toEqual([
      { address: "a", kind: "token", path: first?.path, platform: "ios", others },
    ]);
  });
});
