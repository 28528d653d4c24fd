import { beforeEach, expect, test } from "vitest";
import { type Books, emptyBooks, sum } from "../../domain/books.ts";
import { outcomesOf } from "../../domain/chunk.ts";
import { rangeId } from "../../domain/ids.ts";
import { rejected } from "../../domain/outcome.ts";
import type { Bench } from "../contract.ts";
import type { Ledger, Standing } from "../index.ts";
import {
  BROADCAST,
  chunkOf,
  claimChunk,
  claimRange,
  makePage,
  OTHER,
  openOf,
  plan,
  ROOT,
  settle,
} from "./steps.ts";

/** The books counted by hand, member by member, from what `chunks` and `ranges` show. */
async function countByHand(ledger: Ledger, broadcast: string): Promise<Books> {
  const books = emptyBooks();
  for await (const chunk of ledger.chunks(broadcast)) {
    books.possibleRepeats += chunk.possibleRepeats;
    for (const outcome of outcomesOf(chunk)) {
      books.resolved += 1;
      if (outcome === null) books.open += 1;
      else if (typeof outcome === "string") books[outcome] += 1;
      else books.rejected[outcome.code] = (books.rejected[outcome.code] ?? 0) + 1;
    }
  }
  for (const { counts, unreadAbout } of await ledger.ranges(broadcast)) {
    books.withoutAddress += counts.withoutAddress;
    if (counts.spaced) books.spaced = (books.spaced ?? 0) + counts.spaced;
    books.late += counts.late;
    books.unresolvedAbout += unreadAbout;
  }
  return books;
}

async function expectBooks(ledger: Ledger, expected: Partial<Books>, parts: Partial<Standing>) {
  const books = await ledger.books(BROADCAST);
  expect(books).toEqual({ ...emptyBooks(), ...expected });
  expect(await countByHand(ledger, BROADCAST)).toEqual(books);
  const { resolved, accepted, expired, cancelled, unknown, open, possibleRepeats } = books;
  expect(await ledger.standing(BROADCAST)).toEqual({
    ...{ resolved, accepted, expired, cancelled, unknown, open, possibleRepeats },
    ...{ rejected: sum(books.rejected), ranges: 0, openRanges: 0, openChunks: 0, leasedMembers: 0 },
    ...parts,
  });
}

export function describeBooks(bench: Bench): void {
  /** Another broadcast at work, which must not show. */
  beforeEach(async () => {
    await plan(bench().ledger, [3], OTHER);
    await settle(bench().ledger, chunkOf(0, rangeId(OTHER, 0)), { 0: "unknown" });
  });

  test("of a broadcast whose resolving has not begun are empty", async () => {
    await expectBooks(bench().ledger, {}, {});
  });

  test("agree with a count by hand at every step", async () => {
    const { ledger, advance, timing } = bench();
    await ledger.openRoot(BROADCAST);
    await expectBooks(ledger, {}, { ranges: 1, openRanges: 1 });

    const { epoch } = await claimRange(ledger);
    const counts = { read: 12, withoutAddress: 0, late: 2 };
    await ledger.addPage(ROOT, epoch, makePage([6, 4], { counts }));
    await expectBooks(
      ledger,
      { resolved: 10, open: 10, late: 2 },
      { ranges: 1, openRanges: 1, openChunks: 2 },
    );

    const outcomes = { 1: rejected("UNREGISTERED"), 2: rejected("SENDER_ID_MISMATCH") };
    await settle(ledger, chunkOf(0), { ...outcomes, 3: "expired", 4: "cancelled", 5: "unknown" });
    const codes = { UNREGISTERED: 1, SENDER_ID_MISMATCH: 1 };
    const first = { accepted: 1, rejected: codes, expired: 1, cancelled: 1, unknown: 1 };
    const { epoch: dead } = await claimChunk(ledger, chunkOf(1));
    await ledger.countRepeats(chunkOf(1), dead, 1);
    await expectBooks(
      ledger,
      { ...first, resolved: 10, open: 4, late: 2, possibleRepeats: 1 },
      { ranges: 1, openRanges: 1, openChunks: 1, leasedMembers: 4 },
    );

    await advance(timing.leaseMs);
    expect((await ledger.standing(BROADCAST)).leasedMembers).toBe(0);
    const taken = await claimChunk(ledger, chunkOf(1));
    const left = openOf([2, 3], { outcomes: { 1: rejected("UNREGISTERED") } });
    await ledger.releaseChunk(chunkOf(1), taken.epoch, left, 0);
    const second = { ...first, accepted: 2, rejected: { ...codes, UNREGISTERED: 2 } };
    await expectBooks(
      ledger,
      { ...second, resolved: 10, open: 2, late: 2, possibleRepeats: 5 },
      { ranges: 1, openRanges: 1, openChunks: 1 },
    );

    await claimChunk(ledger, chunkOf(1));
    const parts = { openChunks: 1, leasedMembers: 2 };
    await expectBooks(
      ledger,
      { ...second, resolved: 10, open: 2, late: 2, possibleRepeats: 5 },
      { ranges: 1, openRanges: 1, ...parts },
    );

    const root = await claimRange(ledger);
    await ledger.cutRange(ROOT, root.epoch, ["m"]);
    expect(await ledger.standing(BROADCAST)).toMatchObject({ ranges: 3, openRanges: 3 });
    await ledger.closeRange(ROOT, root.epoch, { read: 0, withoutAddress: 3, spaced: 2, late: 0 });
    await ledger.buryRange(rangeId(BROADCAST, 1), 0, 40);
    await expectBooks(
      ledger,
      {
        ...second,
        resolved: 10,
        open: 2,
        late: 2,
        possibleRepeats: 5,
        withoutAddress: 3,
        spaced: 2,
        unresolvedAbout: 40,
      },
      { ranges: 3, openRanges: 1, ...parts },
    );
  });
}
