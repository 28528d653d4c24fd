import { payDebts } from "@fanfare/shared/broadcasts/debts";
import { endEarly } from "@fanfare/shared/broadcasts/end-early";
import { every } from "@fanfare/shared/broadcasts/every";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import { isRecent } from "@fanfare/shared/domain/clock-steps";
import { broadcastOf } from "@fanfare/shared/domain/ids";
import { laneOf } from "@fanfare/shared/domain/lane";
import { release } from "@fanfare/shared/domain/phases";
import { audienceRanges } from "@fanfare/shared/events/audience-ranges";
import { publishChunks } from "@fanfare/shared/events/token-chunks";
import { forEach } from "@fanfare/shared/for-each";
import type { Hint } from "@fanfare/shared/ledger";
import { payRelease } from "@fanfare/shared/operations/release";
import type { SubmitDeps } from "@fanfare/shared/operations/submit";
import type { Store } from "@fanfare/shared/store";
import { type DriveDeps, driveOn } from "./drive-on.ts";
import type { FlutterFlowDeps } from "./flutterflow/deps.ts";
import { giveUpBatches } from "./flutterflow/join-batch.ts";
import { lookAgain } from "./flutterflow/look-again.ts";
import { writeBackTimes } from "./write-back-times.ts";

/** How many records of one kind are looked at a time. */
const BATCH = 200;
/** Releases at once: each is a few calls, one after another. */
const RELEASES_AT_ONCE = 10;
const JUST_MADE_MS = 5_000;
/** Batches of hints in one tick, at most: the next tick goes on, and other work gets its turn. */
const HINT_ROUNDS = 50;

export type TickDeps = FlutterFlowDeps & DriveDeps & Pick<Store, "health" | "sync">;

export interface TickReport {
  released: number;
  hinted: number;
}

/**
 * The tick: releases what is due, pays what is owed, rouses what stands still, hints again at what nobody took up, and
 * finishes what has nothing open. It may come late, twice at once, or not at all for a while: nothing is lost and
 * nothing happens twice, because each step is decided on what is stored. It notes itself at its end: a clock whose
 * every tick fails is as good as none.
 */
export async function tick(deps: TickDeps): Promise<TickReport> {
  // Nothing is released by a time from before this tick.
  await deps.sync();
  const count = await releaseDue(deps);
  for await (const broadcast of every(deps.broadcasts.owing))
    if (isLeftOver(broadcast, deps.now())) await payDebts(deps, await writeBackTimes(deps, broadcast));
  // Before the hints, so that what is roused is hinted at by this tick.
  for await (const broadcast of every(deps.broadcasts.running)) await tryDriveOn(deps, broadcast);
  const hinted = await publishHints(deps);
  for await (const broadcast of every(deps.broadcasts.running)) await endEarly(deps, broadcast);
  await giveUpBatches(deps);
  await deps.health.noteTick();
  return { released: count, hinted };
}

/**
 * Whether a debt is one that somebody died over. Whoever makes one pays it at once, and paying it again in that moment
 * would only double the message.
 */
function isLeftOver({ owes, gates, releasedAt, finishedAt }: Broadcast, now: number): boolean {
  const made = Math.max(releasedAt ?? 0, finishedAt ?? 0, gates.cancelled?.at ?? 0);
  return owes.includes("unpark") || !isRecent(made, now, JUST_MADE_MS);
}

/** A broadcast that cannot be looked at must not keep the others from their hints. */
async function tryDriveOn(deps: TickDeps, broadcast: Broadcast): Promise<void> {
  try {
    await driveOn(deps, await writeBackTimes(deps, broadcast));
  } catch (error) {
    deps.log.warn({ broadcastId: broadcast.id, error: String(error) }, "broadcast could not be driven on");
  }
}

/** Releases everything whose time has come, however long ago: a missed tick loses nothing. */
async function releaseDue(deps: FlutterFlowDeps): Promise<number> {
  let count = 0;
  for (;;) {
    const due = await deps.broadcasts.due(deps.now(), BATCH);
    if (due.length === 0) return count;
    const asOf = await deps.registrations.moment();
    await forEach(due, RELEASES_AT_ONCE, async (broadcast) => {
      if ((await lookAgain(deps, broadcast)).kind !== "wanted") return;
      const next = release(broadcast, deps.now(), deps.longestMs, asOf);
      // Lost: another tick released it, and pays.
      if ((await deps.broadcasts.replace(next)) === "lost") return;
      await payRelease(deps, next);
      count += 1;
    });
    if (due.length < BATCH) return count;
  }
}

async function publishHints(deps: SubmitDeps): Promise<number> {
  let count = 0;
  for (let round = 0; round < HINT_ROUNDS; round++) {
    const hints = await deps.ledger.hints(BATCH);
    await publishRanges(deps, hints);
    await publishHintedChunks(deps, hints);
    await deps.ledger.hinted(hints);
    count += hints.length;
    if (hints.length < BATCH) break;
  }
  return count;
}

async function publishRanges({ bus }: SubmitDeps, hints: readonly Hint[]): Promise<void> {
  const messages = hints
    .filter((hint) => hint.kind === "range")
    .map(({ id }) => audienceRanges.encode({ rangeId: id }));
  if (messages.length > 0) await bus.publish(audienceRanges.topic, messages);
}

async function publishHintedChunks({ bus, broadcasts }: SubmitDeps, hints: readonly Hint[]): Promise<void> {
  const chunks = hints.filter((hint) => hint.kind === "chunk").map(({ id }) => id);
  for (const [id, own] of Map.groupBy(chunks, broadcastOf)) {
    const broadcast = await broadcasts.get(id);
    await publishChunks(bus, broadcast ? laneOf(broadcast) : "normal", own);
  }
}
