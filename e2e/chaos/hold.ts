import { setTimeout as sleep } from "node:timers/promises";
import { hold } from "@fanfare/shared/broadcasts/hold";
import { type Broadcast, collapseIdOf } from "@fanfare/shared/domain/broadcast";
import type { Outcome } from "@fanfare/shared/domain/outcome";
import { resume } from "@fanfare/shared/operations/resume";
import type { Store } from "@fanfare/shared/store";
import type { FaultsPatch } from "@fanfare/simulator";
import { HOLDER } from "./operator.ts";
import type { Plan } from "./plan.ts";
import { membersOf } from "./seen.ts";
import type { Stage } from "./stage.ts";
import { until } from "./until.ts";

/** What stood while a gate was closed, when nothing was in flight any more. */
export interface Held {
  /** Of every member by address; null where it was open. */
  outcomes: Map<string, Outcome | null>;
  /** Attempts of each address that was sent to. */
  attempts: Map<string, number>;
  /** All attempts, when every sender had seen the gate and at the end. */
  before: number;
  after: number;
}

type Parts = Pick<Stage, "store" | "simulator">;

/** Senders look at the gates every second; the rest is for machines that are short of time. */
const SEEN_BY_ALL_MS = 2_500;
const LOOK_EVERY_MS = 100;
const WATCHED_MS = 1_500;
/** So slow that whoever sends on would be at it for long. */
const SLOW: FaultsPatch = { latency: { meanMs: 800 }, maxConcurrentStreams: 10 };

/**
 * Closes a broadcast's gate, waits until nothing is in flight, watches for a while, and opens it again.
 * @returns what it saw; null where the broadcast was not running, or held by somebody else
 */
export async function holdAndResume(
  parts: Parts,
  broadcast: Broadcast,
  { holdAfterMs, faults, stalls, clock }: Pick<Plan, "holdAfterMs" | "faults" | "stalls" | "clock">,
  signal: AbortSignal,
): Promise<Held | null> {
  const { store, simulator } = parts;
  if (holdAfterMs === null) return null;
  await until(() => hasBegun(parts, broadcast), LOOK_EVERY_MS, signal);
  await sleep(holdAfterMs, undefined, { signal });
  await hold(store.broadcasts, broadcast.id, "chaos", HOLDER, Date.now());
  if (!(await isHeld(parts, broadcast))) return null;
  await simulator.setFaults(SLOW);
  try {
    await sleep(SEEN_BY_ALL_MS, undefined, { signal });
    // A sender that stalls, or takes another for dead, sees the gate later: the hold holds once no sender has a chunk.
    if (stalls.length > 0 || clock) await until(() => isAtRest(store, broadcast), LOOK_EVERY_MS, signal);
    return await watch(parts, broadcast, signal);
  } finally {
    await simulator.setFaults(faults);
    await resume({ ...store, now: Date.now }, broadcast.id, "held", { by: HOLDER });
  }
}

/** Whether anybody was sent to, or nobody ever will be. */
async function hasBegun({ store, simulator }: Parts, broadcast: Broadcast): Promise<boolean> {
  const { attempts } = await simulator.stats(collapseIdOf(broadcast));
  return attempts > 0 || (await store.broadcasts.get(broadcast.id))?.finishedAt != null;
}

async function isHeld({ store }: Parts, { id }: Broadcast): Promise<boolean> {
  const current = await store.broadcasts.get(id);
  return current?.phase === "running" && current.gates.held?.by === HOLDER;
}

async function watch({ store, simulator }: Parts, broadcast: Broadcast, signal: AbortSignal): Promise<Held> {
  const key = collapseIdOf(broadcast);
  const countAttempts = async () => (await simulator.stats(key)).attempts;
  const before = await countAttempts();
  await until(() => isAtRest(store, broadcast), LOOK_EVERY_MS, signal);
  const outcomes = new Map(membersOf(await Array.fromAsync(store.ledger.chunks(broadcast.id))));
  const attempts = new Map<string, number>();
  for await (const line of simulator.log())
    if (line.broadcast === key) attempts.set(line.address, line.attempts);
  await sleep(WATCHED_MS, undefined, { signal });
  return { outcomes, attempts, before, after: await countAttempts() };
}

/** Whether every range is read and nobody holds a chunk: the dead are found out by then. */
async function isAtRest({ ledger }: Store, { id }: Broadcast): Promise<boolean> {
  const { ranges, openRanges, leasedMembers } = await ledger.standing(id);
  return ranges > 0 && openRanges === 0 && leasedMembers === 0;
}
