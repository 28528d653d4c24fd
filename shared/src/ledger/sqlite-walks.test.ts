import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { OnCrash } from "../domain/broadcast.ts";
import { type Chunk, closeOpen, outcomesOf, type Progress } from "../domain/chunk.ts";
import { broadcastId, type ChunkId, chunkId } from "../domain/ids.ts";
import { rejected } from "../domain/outcome.ts";
import { createClock } from "../testing/clock.ts";
import { createDataFile, type DataFile } from "../testing/data-file.ts";
import { plan } from "./contract/steps.ts";
import type { Ledger } from "./index.ts";
import { createSqliteLedger } from "./sqlite.ts";

/** What a holder does next, or time, or fate: `claim` takes over wherever the one before has died. */
type Step =
  | { do: "claim" | "note" | "release" | "settle" | "die" }
  | { do: "send"; member: number; answer: "accepted" | "rejected" | "unsure" };

const MEMBERS = 4;
const LEASE_MS = 1_000;

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constantFrom(
      "claim" as const,
      "note" as const,
      "release" as const,
      "settle" as const,
      "die" as const,
    ),
  }),
  fc.record({
    do: fc.constant("send" as const),
    member: fc.nat(MEMBERS - 1),
    answer: fc.constantFrom("accepted" as const, "rejected" as const, "unsure" as const),
  }),
);

let data: DataFile;
beforeEach(() => {
  data = createDataFile();
});
afterEach(() => data.close());

/** Walks one chunk through the steps as a sender would, and counts the messages of each member that FCM may have taken. */
async function walk(name: string, onCrash: OnCrash, steps: readonly Step[]) {
  const clock = createClock();
  const ledger = createSqliteLedger(data.database, { leaseMs: LEASE_MS, neverClaimedMs: 9_000 }, clock.now);
  const broadcast = broadcastId("walk", name);
  await plan(ledger, [MEMBERS], broadcast);
  const id = chunkId(`${broadcast}.000`, 0);
  const taken = Array<number>(MEMBERS).fill(0);
  let held: { epoch: number; progress: Progress } | null = null;
  for (const next of [
    ...steps,
    { do: "die" } as const,
    { do: "claim" } as const,
    { do: "settle" } as const,
  ]) {
    if (next.do === "die") {
      await clock.advance(LEASE_MS);
      held = null;
    } else if (next.do === "claim") {
      const claim = await ledger.claimChunk(id, onCrash);
      if (claim.kind === "claimed") held = { epoch: claim.epoch, progress: claim.chunk.progress };
    } else if (held) {
      const { epoch, progress } = held;
      if (next.do === "send") await send(ledger, id, epoch, progress, onCrash, next, taken);
      else if (next.do === "note") await ledger.noteProgress(id, epoch, progress);
      else if (next.do === "release") await ledger.releaseChunk(id, epoch, progress, 0);
      else await ledger.settleChunk(id, epoch, closeOpen(progress, "cancelled"));
      if (next.do === "release" || next.do === "settle") held = null;
    }
    const {
      open,
      leasedMembers: _,
      openChunks,
      ranges: __,
      openRanges: ___,
      ...totals
    } = await ledger.standing(broadcast);
    const { resolved, possibleRepeats, ...ended } = totals;
    expect(resolved).toBe(MEMBERS);
    expect(Object.values(ended).reduce((total, count) => total + count, open)).toBe(MEMBERS);
  }
  const [chunk] = await Array.fromAsync(ledger.chunks(broadcast));
  return { chunk: chunk as Chunk, taken };
}

/** Sends to one member, if it is open. A repeat is counted first. */
async function send(
  ledger: Ledger,
  id: ChunkId,
  epoch: number,
  progress: Progress,
  onCrash: OnCrash,
  { member, answer }: Extract<Step, { do: "send" }>,
  taken: number[],
): Promise<void> {
  if (!progress.open.includes(member)) return;
  if (progress.unsure.includes(member)) await ledger.countRepeats(id, epoch, 1);
  const without = (list: number[]) => list.filter((index) => index !== member);
  progress.unsure = without(progress.unsure);
  if (answer !== "rejected") taken[member] = (taken[member] ?? 0) + 1;
  if (answer === "unsure" && onCrash === "repeat") {
    progress.unsure.push(member);
    progress.maybe = [...without(progress.maybe), member];
    return;
  }
  progress.open = without(progress.open);
  progress.maybe = without(progress.maybe);
  if (answer === "rejected") progress.outcomes[member] = rejected("UNREGISTERED");
  if (answer === "unsure") progress.outcomes[member] = "unknown";
}

test.each<OnCrash>(["repeat", "miss"])(
  "however senders die, what FCM takes twice was counted, and who may have got it is not cancelled: %s",
  async (onCrash) => {
    let runs = 0;
    const property = fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      runs += 1;
      const { chunk, taken } = await walk(`${onCrash} ${runs}`, onCrash, steps);
      const repeats = taken.reduce((total, count) => total + Math.max(0, count - 1), 0);
      expect(repeats).toBeLessThanOrEqual(chunk.possibleRepeats);
      if (onCrash === "miss") expect(chunk.possibleRepeats).toBe(0);
      expect(chunk.state).toBe("settled");
      outcomesOf(chunk).forEach((outcome, index) => {
        if (taken[index]) expect(outcome).not.toBe("cancelled");
        if (outcome === "accepted") expect(taken[index]).toBeGreaterThan(0);
      });
    });
    await fc.assert(property);
  },
);
