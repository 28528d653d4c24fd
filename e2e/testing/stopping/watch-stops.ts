import type { Broadcasts } from "@fanfare/shared/broadcasts";
import { type Broadcast, closedGates, isFinished } from "@fanfare/shared/domain/broadcast";
import { isOver } from "@fanfare/shared/domain/range";
import type { Ledger } from "@fanfare/shared/ledger";
import type { Stores } from "../stores.ts";

/**
 * Asks after each step, as somebody would who has just closed a gate, whether anything can still be sent. From the
 * first "no" on nothing may be written until no gate is closed any more: that is what the one who asked was told.
 */
export function watchStops({ broadcasts, ledger }: Pick<Stores, "broadcasts" | "ledger">, id: string) {
  let record: Broadcast | null = null;
  let stopped = false;
  let rangesAreOver = false;
  const parked = new Set<string>();
  const faults: string[] = [];

  const watched: Broadcasts = {
    ...broadcasts,
    async create(broadcast) {
      const made = await broadcasts.create(broadcast);
      if (made.kind === "created") record = broadcast;
      return made;
    },
    async replace(next, entry) {
      const written = await broadcasts.replace(next, entry);
      if (written === "written") record = next;
      return written;
    },
  };

  const watchedLedger: Ledger = {
    ...ledger,
    async parkChunk(chunk, ...claim) {
      const written = await ledger.parkChunk(chunk, ...claim);
      if (written === "done") parked.add(chunk);
      return written;
    },
    async unpark(...request) {
      await ledger.unpark(...request);
      parked.clear();
    },
    async closeChunks(...request) {
      await ledger.closeChunks(...request);
      parked.clear();
    },
  };

  async function look(): Promise<void> {
    if (!record) return;
    if (isForgotten(record))
      faults.push(`${[...parked]} are parked, the gates are open, and nothing is owed`);
    if (isFinished(record.phase)) stopped = true;
    else if (closedGates(record).length === 0) stopped = false;
    else stopped ||= (await ledger.countHeld(id)) === 0;
    if (record.gates.cancelled && !record.owes.includes("close")) await lookAtRanges();
  }

  /** Chunks that are parked wait for somebody to resume the broadcast, or to pay for it. */
  function isForgotten({ phase, gates, owes }: Broadcast): boolean {
    return (
      phase === "running" &&
      closedGates({ gates }).length === 0 &&
      !owes.includes("unpark") &&
      parked.size > 0
    );
  }

  /** Once a cancelling has been paid for, nobody reads on. */
  async function lookAtRanges(): Promise<void> {
    if (rangesAreOver) return;
    rangesAreOver = true;
    for (const range of await ledger.ranges(id))
      if (!isOver(range)) faults.push(`${range.id} is ${range.state}, and its broadcast was cancelled`);
  }

  return {
    broadcasts: watched,
    ledger: watchedLedger,
    faults,
    look,
    record: () => record,
    isStopped: () => stopped,
    /** A message goes out. */
    started(address: string): void {
      if (stopped) faults.push(`a message to ${address} was written after the stop`);
    },
  };
}

export type StopWatch = ReturnType<typeof watchStops>;
