import { chunkId, rangeId } from "@fanfare/shared/domain/ids";
import { START } from "@fanfare/shared/testing/clock";
import { makeDocument } from "@fanfare/shared/testing/records";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { resolveRange } from "./resolve-range.ts";
import { type Bench, createBench } from "./testing/bench.ts";

const LEASE_MS = 30_000;

let bench: Bench;
beforeEach(() => {
  bench = createBench();
});
afterEach(() => bench.store.close());

/** Resolves a broadcast's first range and every range it is cut into. */
async function resolveAll(id: string): Promise<void> {
  expect(await resolveRange(bench.deps, rangeId(id, 0))).toBe("closed");
  for (const range of await bench.store.ledger.ranges(id))
    if (range.state !== "closed") expect(await resolveRange(bench.deps, range.id)).toBe("closed");
}

describe("an audience", () => {
  const documents = [
    makeDocument("a", "1"),
    makeDocument("b", "2", { deviceType: "ios" }),
    makeDocument("c", "3", { deviceType: "iOS" }),
    makeDocument("d", "3"),
    makeDocument("e", null),
    makeDocument("f", "4", { deviceType: "web" }),
  ];
  const users = ["users/a", "users/c", "users/e", "users/nobody"];

  test.each([
    ["of everybody", {}, ["1", "2", "3", "4"], 1],
    ["of a platform", { platforms: ["ios" as const] }, ["2", "3"], 1],
    ["of two platforms", { platforms: ["android" as const, "web" as const] }, ["1", "3", "4"], 1],
    ["of listed users", { users }, ["1", "3"], 1],
    ["of listed users on a platform", { users, platforms: ["ios" as const] }, ["3"], 1],
    ["of nobody", { users: ["users/nobody"] }, [], 0],
  ])("%s is resolved, one device once", async (name, audience, addresses, withoutAddress) => {
    await bench.store.registrations.put(documents);
    const { id } = await bench.start(name, { audience });
    await resolveAll(id);
    expect((await bench.chunksOf(id)).flat()).toEqual(addresses);
    expect(await bench.store.ledger.books(id)).toMatchObject({ resolved: addresses.length, withoutAddress });
    const lane = "users" in audience ? "sender.chunks-urgent" : "sender.chunks";
    expect(bench.publishedChunks(lane)).toHaveLength(addresses.length > 0 ? 1 : 0);
  });

  test("with nobody in it finishes at once", async () => {
    const { id } = await bench.start("empty");
    await resolveAll(id);
    const finished = await bench.store.broadcasts.get(id);
    expect(finished).toMatchObject({ phase: "succeeded", books: { resolved: 0, open: 0 }, owes: [] });
  });

  test("leaves out who came after the release, and counts them", async () => {
    await bench.register(3);
    const { id } = await bench.start("late");
    await bench.store.advance(1);
    await bench.store.registrations.put([makeDocument("new", "new"), makeDocument("old", "address-000001")]);
    await resolveAll(id);
    expect((await bench.chunksOf(id)).flat()).toEqual(["address-000000", "address-000001", "address-000002"]);
    expect(await bench.store.ledger.books(id)).toMatchObject({ resolved: 3, late: 2 });
  });
});

describe("a large audience", () => {
  test("is cut, and each part is resolved by itself", async () => {
    const addresses = await bench.register(400);
    await bench.store.registrations.put([makeDocument("x", null), makeDocument("y", null)]);
    bench.deps.rangeSize = 40;
    const { id } = await bench.start("large");
    await resolveAll(id);
    const ranges = await bench.store.ledger.ranges(id);
    expect(ranges.length).toBeGreaterThan(5);
    expect(bench.publishedRanges()).toEqual(ranges.slice(1).map((range) => range.id));
    expect((await bench.chunksOf(id)).flat()).toEqual(addresses);
    expect(bench.read.toSorted()).toEqual(addresses);
    expect(await bench.store.ledger.books(id)).toMatchObject({ resolved: 400, withoutAddress: 2 });
    expect(new Set(bench.publishedChunks()).size).toBe(ranges.length - 1);
  });

  test("that is gone before its parts are read leaves them empty, and finishes", async () => {
    const addresses = await bench.register(60);
    bench.deps.rangeSize = 20;
    const { id } = await bench.start("gone");
    await resolveRange(bench.deps, rangeId(id, 0));
    const dead = addresses.map((address) => ({ address, kind: "token" as const, code: "UNREGISTERED" }));
    await bench.store.registrations.prune({ broadcast: id, notSince: START, dead });
    await resolveAll(id);
    expect(await bench.chunksOf(id)).toEqual([]);
    expect(await bench.store.broadcasts.get(id)).toMatchObject({ phase: "succeeded" });
  });

  test("whose parts could not be published is not cut again", async () => {
    await bench.register(60);
    bench.deps.rangeSize = 20;
    const { id } = await bench.start("unlucky");
    bench.bus.failNext("before");
    await expect(resolveRange(bench.deps, rangeId(id, 0))).rejects.toThrow("told to fail");
    const cut = await bench.store.ledger.ranges(id);
    expect(cut[0]?.state).toBe("cut");
    await bench.register(200);
    await bench.store.advance(LEASE_MS);
    await resolveAll(id);
    const spans = (await bench.store.ledger.ranges(id)).map(({ span }) => span);
    expect(spans).toEqual(cut.map(({ span }) => span));
    expect(bench.publishedRanges()).toEqual(cut.slice(1).map((range) => range.id));
  });
});

describe("a holder that died", () => {
  /** Six chunks: a page of four, then one of two. */
  const COUNT = 2_600;

  test.each(["before", "after"] as const)(
    "%s publishing a page is taken over at the cursor, and the page is published again",
    async (when) => {
      const addresses = await bench.register(COUNT);
      const { id } = await bench.start("dead");
      const root = rangeId(id, 0);
      bench.bus.failNext(when);
      await expect(resolveRange(bench.deps, root)).rejects.toThrow("told to fail");
      const [left] = await bench.store.ledger.ranges(id);
      expect(left).toMatchObject({
        cursor: addresses[1_999],
        made: 4,
        published: 0,
        counts: { read: 2_000 },
      });

      expect(await resolveRange(bench.deps, root), "until its lease has passed").toBe("elsewhere");
      await bench.store.advance(LEASE_MS);
      bench.read.length = 0;
      expect(await resolveRange(bench.deps, root)).toBe("closed");
      expect(bench.read, "nothing is read twice").toEqual(addresses.slice(2_000));
      expect((await bench.chunksOf(id)).flat()).toEqual(addresses);
      expect(await bench.store.ledger.ranges(id)).toMatchObject([{ made: 6, counts: { read: COUNT } }]);
      const all = Array.from({ length: 6 }, (_, index) => chunkId(root, index));
      expect(new Set(bench.publishedChunks())).toEqual(new Set(all));
      expect(bench.publishedChunks()).toHaveLength(when === "before" ? 6 : 10);
    },
  );

  test("while listed users were planned is taken over at the cursor", async () => {
    const addresses = await bench.register(COUNT);
    const { id } = await bench.start("listed", {
      audience: { users: addresses.map((_, i) => `users/u${i}`) },
    });
    bench.bus.failNext("before");
    await expect(resolveRange(bench.deps, rangeId(id, 0))).rejects.toThrow("told to fail");
    await bench.store.advance(LEASE_MS);
    await resolveAll(id);
    expect((await bench.chunksOf(id)).flat()).toEqual(addresses);
    expect(new Set(bench.publishedChunks()).size).toBe(6);
  });

  test("and wakes up late writes nothing any more", async () => {
    const addresses = await bench.register(COUNT);
    const { id } = await bench.start("late riser");
    const root = rangeId(id, 0);
    const { read } = bench.deps.registrations;
    let slept = false;
    // Between its first page and its second another takes the range over and ends it.
    bench.deps.registrations.read = async function* (...request) {
      for await (const batch of read(...request)) {
        yield batch;
        if (slept || batch.at(-1)?.address !== addresses[2_499]) continue;
        slept = true;
        await bench.store.advance(LEASE_MS);
        expect(await resolveRange(bench.deps, root)).toBe("closed");
      }
    };
    expect(await resolveRange(bench.deps, root)).toBe("elsewhere");
    expect(slept).toBe(true);
    expect((await bench.chunksOf(id)).flat()).toEqual(addresses);
    expect(await bench.store.ledger.ranges(id)).toMatchObject([
      { state: "closed", made: 6, counts: { read: COUNT } },
    ]);
  });
});

describe("a holder that takes long keeps its lease", () => {
  const heldElsewhere = async (id: string) =>
    expect(await bench.store.ledger.claimRange(rangeId(id, 0))).toEqual({ kind: "leased-elsewhere" });

  /** Time passes, and with it the timers that are due meanwhile. */
  async function pass(ms: number): Promise<void> {
    await bench.store.advance(ms);
    await vi.advanceTimersByTimeAsync(ms);
  }

  beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
  afterEach(() => void vi.useRealTimers());

  test("while it reads", async () => {
    await bench.register(1_600);
    const { id } = await bench.start("slow");
    const { read } = bench.deps.registrations;
    bench.deps.registrations.read = async function* (...request) {
      for await (const batch of read(...request)) {
        await pass(LEASE_MS / 2);
        yield batch;
        await heldElsewhere(id);
      }
    };
    expect(await resolveRange(bench.deps, rangeId(id, 0))).toBe("closed");
  });

  test("while it counts, to cut the audience", async () => {
    await bench.register(200);
    bench.deps.rangeSize = 20;
    const { id } = await bench.start("slow count");
    const { count } = bench.deps.registrations;
    bench.deps.registrations.count = async (...request) => {
      await pass(LEASE_MS / 2);
      await heldElsewhere(id);
      return count(...request);
    };
    expect(await resolveRange(bench.deps, rangeId(id, 0))).toBe("closed");
    expect((await bench.store.ledger.ranges(id)).length).toBeGreaterThan(5);
  });

  test("while it reads listed users", async () => {
    const addresses = await bench.register(3);
    const users = addresses.map((_, index) => `users/u${index}`);
    const { id } = await bench.start("slow users", { audience: { users } });
    const { readOwned } = bench.deps.registrations;
    bench.deps.registrations.readOwned = async (...request) => {
      for (let part = 0; part < 5; part++) await pass(LEASE_MS / 2);
      await heldElsewhere(id);
      return readOwned(...request);
    };
    expect(await resolveRange(bench.deps, rangeId(id, 0))).toBe("closed");
  });

  test("before each page, where its process is too busy for timers", async () => {
    await bench.register(6_500);
    const { id } = await bench.start("busy");
    const { read } = bench.deps.registrations;
    let batches = 0;
    bench.deps.registrations.read = async function* (...request) {
      for await (const batch of read(...request)) {
        if (batches++ % 4 === 3) await bench.store.advance(LEASE_MS * 0.7);
        yield batch;
      }
    };
    expect(await resolveRange(bench.deps, rangeId(id, 0))).toBe("closed");
    expect(await bench.store.ledger.ranges(id)).toMatchObject([{ made: 13 }]);
  });

  test("and looks after it no longer than it works", async () => {
    await bench.register(3);
    const { id } = await bench.start("over");
    await resolveRange(bench.deps, rangeId(id, 0));
    expect(vi.getTimerCount()).toBe(0);
  });
});

test("two at once resolve a range once", async () => {
  const addresses = await bench.register(700);
  const { id } = await bench.start("two");
  const root = rangeId(id, 0);
  const results = await Promise.all([resolveRange(bench.deps, root), resolveRange(bench.deps, root)]);
  expect(results).toEqual(["closed", "elsewhere"]);
  expect(bench.read).toEqual(addresses);
  expect((await bench.chunksOf(id)).flat()).toEqual(addresses);
  expect(bench.publishedChunks()).toHaveLength(2);
});

test("a closed range that is delivered again changes nothing, but finishes what is complete", async () => {
  await bench.register(3);
  const { id } = await bench.start("again");
  await resolveAll(id);
  const before = await bench.store.ledger.ranges(id);
  const chunk = chunkId(rangeId(id, 0), 0);
  const claim = await bench.store.ledger.claimChunk(chunk, "repeat");
  if (claim.kind !== "claimed") throw new Error(claim.kind);
  const progress = { open: [], unsure: [], maybe: [], outcomes: {} };
  await bench.store.ledger.settleChunk(chunk, claim.epoch, progress);
  expect((await bench.store.broadcasts.get(id))?.phase).toBe("running");
  expect(await resolveRange(bench.deps, rangeId(id, 0))).toBe("closed");
  expect(await bench.store.ledger.ranges(id)).toEqual(before);
  expect(bench.publishedChunks()).toHaveLength(1);
  expect((await bench.store.broadcasts.get(id))?.phase).toBe("succeeded");
});

test("a range that is not there is missing, and one without its broadcast is an error for good", async () => {
  expect(await resolveRange(bench.deps, rangeId("b0", 0))).toBe("missing");
  await bench.store.ledger.openRoot("b0");
  const lost = resolveRange(bench.deps, rangeId("b0", 0));
  await expect(lost).rejects.toMatchObject({ code: "BROADCAST_MISSING" });
});
