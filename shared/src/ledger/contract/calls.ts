import fc from "fast-check";
import { update } from "../../broadcasts/index.ts";
import type { Progress } from "../../domain/chunk.ts";
import { rangeId } from "../../domain/ids.ts";
import { rejected } from "../../domain/outcome.ts";
import type { ContractLedger } from "../contract.ts";
import { LEDGER_TIMING } from "../timing.ts";
import { BROADCAST, chunkOf, makePage } from "./steps.ts";

const { leaseMs } = LEDGER_TIMING;
const FATES = ["open", "unsure", "maybe", "accepted", "rejected", "expired", "unknown"] as const;
type Fate = (typeof FATES)[number];

/** What a call may be made with. Ranges are the first and what it is cut into; chunks have two members. */
interface Given {
  range: number;
  chunk: number;
  /** The epoch of the latest claim, or one before or after it. */
  off: number;
  count: number;
  fates: Fate[];
  onCrash: "repeat" | "miss";
}

export type Call = [name: keyof typeof CALLS, given: Given];

/** A ledger, and the epochs of what was claimed in it. */
export interface Called extends ContractLedger {
  epochs: Map<string, number>;
}

type Work = (called: Called, id: string, epoch: number, given: Given) => Promise<unknown>;

const range = (work: Work) => (called: Called, given: Given) => {
  const id = rangeId(BROADCAST, given.range);
  return work(called, id, (called.epochs.get(id) ?? 0) + given.off, given);
};
const chunk = (work: Work) => (called: Called, given: Given) => {
  const id = chunkOf(given.chunk, rangeId(BROADCAST, given.range));
  return work(called, id, (called.epochs.get(id) ?? 0) + given.off, given);
};

function progressOf({ fates }: Given): Progress {
  const those = (...meant: Fate[]) => fates.flatMap((fate, index) => (meant.includes(fate) ? [index] : []));
  const outcomes: Progress["outcomes"] = {};
  for (const index of those("rejected")) outcomes[index] = rejected("UNREGISTERED");
  for (const index of those("expired")) outcomes[index] = "expired";
  for (const index of those("unknown")) outcomes[index] = "unknown";
  const [open, unsure, maybe] = [those("open", "unsure", "maybe"), those("unsure"), those("unsure", "maybe")];
  return { open, unsure, maybe, outcomes };
}

/** A page of as many chunks as `count`, read on from where the range is: but for a `chunk` of 0, whose reader is late. */
async function pageOf({ ledger }: Called, id: string, { count, chunk }: Given) {
  const found = (await ledger.ranges(BROADCAST)).find((one) => one.id === id);
  const from = chunk === 0 ? "late" : (found?.cursor ?? "");
  return makePage(Array(count).fill(2), { from, cursor: `${from}+`, published: found?.made ?? 0 });
}

async function noted<T extends object>({ epochs }: Called, id: string, claim: Promise<T>): Promise<T> {
  const claimed = await claim;
  if ("epoch" in claimed) epochs.set(id, Number(claimed.epoch));
  return claimed;
}

/** Whatever can be asked of a ledger, and of the gates and clock that it goes by. */
const CALLS = {
  openRoot: ({ ledger }: Called) => ledger.openRoot(BROADCAST),
  openPlanned: ({ ledger }: Called, { count }: Given) =>
    ledger.openPlanned(BROADCAST, makePage(Array(count).fill(2))),
  claimRange: range((called, id) => noted(called, id, called.ledger.claimRange(id))),
  renewRange: range(({ ledger }, id, epoch) => ledger.renewRange(id, epoch)),
  addPage: range(async (called, id, epoch, given) =>
    called.ledger.addPage(id, epoch, await pageOf(called, id, given)),
  ),
  cutRange: range(({ ledger }, id, epoch) => ledger.cutRange(id, epoch, ["m"])),
  closeRange: range(({ ledger }, id, epoch, { count }) =>
    ledger.closeRange(id, epoch, { read: count, withoutAddress: count, spaced: count, late: 1 }),
  ),
  releaseRange: range(({ ledger }, id, epoch, { count }) => ledger.releaseRange(id, epoch, count * leaseMs)),
  buryRange: range(({ ledger }, id, _, { count }) => ledger.buryRange(id, count, 7)),
  stopRange: range(({ ledger }, id) => ledger.stopRange(id, 5)),
  claimChunk: chunk((called, id, _, { onCrash }) => noted(called, id, called.ledger.claimChunk(id, onCrash))),
  renewChunk: chunk(({ ledger }, id, epoch) => ledger.renewChunk(id, epoch)),
  countRepeats: chunk(({ ledger }, id, epoch, { count }) => ledger.countRepeats(id, epoch, count)),
  noteProgress: chunk(({ ledger }, id, epoch, given) => ledger.noteProgress(id, epoch, progressOf(given))),
  releaseChunk: chunk(({ ledger }, id, epoch, given) =>
    ledger.releaseChunk(id, epoch, progressOf(given), given.count * leaseMs),
  ),
  parkChunk: chunk(({ ledger }, id, epoch, given) => ledger.parkChunk(id, epoch, progressOf(given))),
  settleChunk: chunk(({ ledger }, id, epoch, given) => ledger.settleChunk(id, epoch, progressOf(given))),
  unpark: ({ ledger }: Called) => ledger.unpark(BROADCAST),
  closeChunks: ({ ledger }: Called) => ledger.closeChunks(BROADCAST, "cancelled"),
  rouse: ({ ledger }: Called, { count }: Given) => ledger.rouse(BROADCAST, count),
  hinted: async ({ ledger }: Called) => ledger.hinted(await ledger.hints(100)),
  gate: ({ broadcasts }: Called, { count }: Given) =>
    update(broadcasts, BROADCAST, (current) => ({
      ...current,
      gates: count > 1 ? { held: { by: "test", at: 0 } } : {},
    })).then(() => "turned"),
  wait: ({ advance }: Called, { count }: Given) => advance((count * leaseMs) / 2),
} satisfies Record<string, (called: Called, given: Given) => Promise<unknown>>;

/** Makes a call. What it throws is an answer too. */
export function make(called: Called, [name, given]: Call): Promise<unknown> {
  return CALLS[name](called, given).catch((error: unknown) => (error as Error).message);
}

/** Everything that shows of a broadcast. */
export async function lookAt({ ledger }: Called): Promise<object> {
  return {
    ranges: await ledger.ranges(BROADCAST),
    chunks: await Array.fromAsync(ledger.chunks(BROADCAST)),
    open: await ledger.openChunks(BROADCAST, 3),
    work: await ledger.openWork(BROADCAST, 3),
    hints: (await ledger.hints(100)).map(({ id }) => id).sort(),
    late: (await ledger.hints(100, leaseMs)).map(({ id }) => id).sort(),
    held: await ledger.countHeld(BROADCAST),
    complete: await ledger.complete(BROADCAST),
    standing: await ledger.standing(BROADCAST),
    books: await ledger.books(BROADCAST),
  };
}

const given: fc.Arbitrary<Given> = fc.record({
  range: fc.constantFrom(0, 0, 0, 0, 0, 0, 1, 2),
  chunk: fc.constantFrom(0, 0, 1, 1, 2),
  off: fc.constantFrom(0, 0, 0, 0, 0, -1, 1),
  count: fc.nat(3),
  fates: fc.array(fc.constantFrom(...FATES), { minLength: 2, maxLength: 2 }),
  onCrash: fc.constantFrom("repeat", "repeat", "miss"),
});

const NAMES = Object.keys(CALLS) as Call[0][];
/** What ends work is rare, as nothing much can happen afterwards. */
const ENDS: Call[0][] = ["openPlanned", "cutRange", "closeRange", "buryRange", "stopRange", "closeChunks"];
const USUAL = NAMES.filter((name) => !ENDS.includes(name));

const GIVEN: Given = { range: 0, chunk: 1, off: 0, count: 3, fates: ["open", "open"], onCrash: "repeat" };
/** Nothing is open in most orders of calls, unless work has begun. */
const BEGUN: Call[] = (["gate", "openRoot", "claimRange", "addPage", "claimChunk"] as const).map((name) => [
  name,
  GIVEN,
]);

export const calls: fc.Arbitrary<Call[]> = fc
  .record({
    isBegun: fc.boolean(),
    rest: fc.array(
      fc.oneof(
        { weight: 2, arbitrary: fc.tuple(fc.constantFrom<Call[0][]>("claimRange", "claimChunk"), given) },
        { weight: 6, arbitrary: fc.tuple(fc.constantFrom(...USUAL), given) },
        { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...ENDS), given) },
      ),
      { maxLength: 60, size: "max" },
    ),
  })
  .map(({ isBegun, rest }) => (isBegun ? [...BEGUN, ...rest] : rest));
