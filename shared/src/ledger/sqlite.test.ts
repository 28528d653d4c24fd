import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSqliteBroadcasts } from "../broadcasts/sqlite.ts";
import { type Clock, createClock } from "../testing/clock.ts";
import { createDataFile, type DataFile } from "../testing/data-file.ts";
import {
  BROADCAST,
  chunkOf,
  claimChunk,
  claimRange,
  NO_COUNTS,
  OTHER,
  openOf,
  plan,
  ROOT,
} from "./contract/steps.ts";
import { describeLedgerContract } from "./contract.ts";
import type { Ledger } from "./index.ts";
import { createSqliteLedger } from "./sqlite.ts";
import { LEDGER_TIMING } from "./timing.ts";

describeLedgerContract("SQLite", async (timing) => {
  const { database, close } = createDataFile();
  const { now, advance } = createClock();
  return {
    ledger: createSqliteLedger(database, timing, now),
    broadcasts: createSqliteBroadcasts(database),
    advance,
    close,
  };
});

describe("to the millisecond", () => {
  const { leaseMs, neverClaimedMs } = LEDGER_TIMING;
  const ID = chunkOf(0);
  let data: DataFile;
  let clock: Clock;
  let ledger: Ledger;

  /** One chunk that nobody claimed yet, in a range that is over. */
  beforeEach(async () => {
    data = createDataFile();
    clock = createClock();
    ledger = createSqliteLedger(data.database, LEDGER_TIMING, clock.now);
    await ledger.closeRange(ROOT, await plan(ledger, [2]), NO_COUNTS);
  });
  afterEach(() => data.close());

  const kindOfClaim = async () => (await ledger.claimChunk(ID, "repeat")).kind;

  /** Notes each hint when it is due, and tells how long it took to become due, in milliseconds. */
  async function waits(count: number, stepMs: number): Promise<number[]> {
    const found: number[] = [];
    for (let waited = stepMs; found.length < count; waited += stepMs) {
      await clock.advance(stepMs);
      const hints = await ledger.hints(10);
      if (hints.length === 0) continue;
      await ledger.hinted(hints);
      found.push(waited);
      waited = 0;
    }
    return found;
  }

  test("a lease ends where its length does", async () => {
    await claimChunk(ledger, ID);
    await clock.advance(leaseMs - 1);
    expect(await kindOfClaim()).toBe("leased-elsewhere");
    expect(await ledger.hints(10)).toEqual([]);
    expect((await ledger.standing(BROADCAST)).leasedMembers).toBe(2);
    await clock.advance(1);
    expect(await ledger.hints(10)).toHaveLength(1);
    expect((await ledger.standing(BROADCAST)).leasedMembers).toBe(0);
    expect(await kindOfClaim()).toBe("claimed");
  });

  test("a wait ends where its length does", async () => {
    const { epoch } = await claimChunk(ledger, ID);
    await ledger.releaseChunk(ID, epoch, openOf([0]), 10_000);
    await clock.advance(9_999);
    expect(await kindOfClaim()).toBe("not-before");
    await clock.advance(1);
    const claim = await ledger.claimChunk(ID, "repeat");
    expect(claim).toMatchObject({ kind: "claimed", ageMs: 10_000 });
  });

  test("hints at what nobody ever claimed wait longer each time, up to an hour", async () => {
    const minutes = (await waits(6, neverClaimedMs / 10)).map((wait) => wait / 60_000);
    expect(minutes).toEqual([10, 10, 20, 40, 60, 60]);
  });

  describe("hints at what a dead holder left", () => {
    const doubling = [1, 1, 2, 4, 8].map((leases) => leases * leaseMs);

    test("begin at a lease; a new claim begins anew, and so does a chunk handed back late", async () => {
      await claimChunk(ledger, ID);
      expect(await waits(5, leaseMs)).toEqual(doubling);
      const { epoch } = await claimChunk(ledger, ID);
      expect(await waits(5, leaseMs)).toEqual(doubling);
      await ledger.releaseChunk(ID, epoch, openOf([0]), leaseMs);
      expect(await waits(5, leaseMs)).toEqual(doubling);
    });

    test("do the same for a range", async () => {
      const { epoch } = await claimChunk(ledger, ID);
      await ledger.settleChunk(ID, epoch, openOf([]));
      const root = await ledger.openRoot(OTHER);
      await claimRange(ledger, root);
      expect(await waits(5, leaseMs)).toEqual(doubling);
      const again = await claimRange(ledger, root);
      expect(await waits(5, leaseMs)).toEqual(doubling);
      await ledger.releaseRange(root, again.epoch, leaseMs);
      expect(await waits(5, leaseMs)).toEqual(doubling);
    });
  });
});
