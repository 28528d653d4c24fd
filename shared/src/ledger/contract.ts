import { afterEach, beforeEach, describe } from "vitest";
import type { Broadcasts } from "../broadcasts/index.ts";
import { describeBooks } from "./contract/books.ts";
import { describeBurying } from "./contract/burying.ts";
import { describeChunks } from "./contract/chunks.ts";
import { describeCutting } from "./contract/cutting.ts";
import { describeFencing } from "./contract/fencing.ts";
import { describeHints } from "./contract/hints.ts";
import { describeParking } from "./contract/parking.ts";
import { describePlanning } from "./contract/planning.ts";
import { describeRanges } from "./contract/ranges.ts";
import { describeReads } from "./contract/reads.ts";
import { describeRepeats } from "./contract/repeats.ts";
import { describeStopping } from "./contract/stopping.ts";
import type { Ledger } from "./index.ts";

export interface ContractTiming {
  leaseMs: number;
  neverClaimedMs: number;
}

/** What an opener lends to one test: a ledger that no other test sees, and the broadcasts whose gates it reads. */
export interface ContractLedger {
  ledger: Ledger;
  broadcasts: Broadcasts;
  /** Resolves when the store's clock has gone on by at least `ms`: a store with a clock of its own really waits. */
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** What the tests of one topic work with. */
export type Bench = () => ContractLedger & { timing: ContractTiming };

/** Short enough to be waited for, and long enough for a few calls to a slow store. */
const TIMING: ContractTiming = { leaseMs: 2_000, neverClaimedMs: 4_000 };

/**
 * What every driver of the ledger has to pass. `open` is called once for each test. A store whose calls take long
 * gets longer timings: a test makes up to a dozen calls within half a lease.
 */
export function describeLedgerContract(
  name: string,
  open: (timing: ContractTiming) => Promise<ContractLedger>,
  timing: ContractTiming = TIMING,
): void {
  describe(`ledger contract: ${name}`, () => {
    let opened: ContractLedger;
    beforeEach(async () => {
      opened = await open(timing);
    });
    afterEach(() => opened.close());
    const bench: Bench = () => ({ ...opened, timing });

    describe("ranges", () => describeRanges(bench));
    describe("planning at once", () => describePlanning(bench));
    describe("cutting", () => describeCutting(bench));
    describe("burying", () => describeBurying(bench));
    describe("chunks", () => describeChunks(bench));
    describe("repeats", () => describeRepeats(bench));
    describe("fencing", () => describeFencing(bench));
    describe("parking", () => describeParking(bench));
    describe("stopping", () => describeStopping(bench));
    describe("hints", () => describeHints(bench));
    describe("books and standing", () => describeBooks(bench));
    describe("reads", () => describeReads(bench));
  });
}
