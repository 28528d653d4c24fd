import { tryFinish } from "@fanfare/shared/broadcasts/try-finish";
import {
  type Broadcast,
  closedGates,
  isFinished,
  isOverdue,
  isWaiting,
} from "@fanfare/shared/domain/broadcast";
import type { Chunk } from "@fanfare/shared/domain/chunk";
import { broadcastOf, type ChunkId } from "@fanfare/shared/domain/ids";
import { laneOf } from "@fanfare/shared/domain/lane";
import { CONTENT_REFUSED } from "@fanfare/shared/domain/outcome";
import { RetryableError, TerminalError } from "@fanfare/shared/errors";
import { holdLease } from "@fanfare/shared/hosting/hold-lease";
import type { Written } from "@fanfare/shared/ledger";
import { type FaultGuard, guardFaults } from "./answer-fault.ts";
import type { Breaker, Class, Fault } from "./breaker.ts";
import { checkCredential, type InHand } from "./check-credential.ts";
import { createChunkRun } from "./chunk-run.ts";
import type { SenderDeps } from "./deps.ts";
import { createFinishLast } from "./finish-last.ts";
import { handBack, park, type Sent, settle } from "./leave-chunk.ts";
import { restOf } from "./rest-of.ts";
import { sendRound, untilAborted } from "./send-round.ts";
import type { Turn } from "./turn.ts";
import { endsHere, leaveUndecided } from "./undecided.ts";
import { type BroadcastWatch, watchBroadcasts } from "./watch-broadcasts.ts";
import { watchGate } from "./watch-gate.ts";

/** Everything one claim works with. */
interface Job extends InHand {
  startedAt: number;
  /** Platforms on which messages had been accepted when the chunk was claimed. */
  proven: Set<Class>;
  /** How often the access token had been renewed when the members were looked at. */
  renewals: number;
}

/** What all chunks of a process share. */
interface Shared {
  watch: BroadcastWatch;
  guard: FaultGuard;
}

/**
 * Sends one chunk of the ledger. Never throws for an answer of FCM's: answers are outcomes.
 * @throws TerminalError BROADCAST_MISSING or CHUNK_MISSING for an id of nothing.
 */
export function createSendChunk(deps: SenderDeps): (id: ChunkId) => Promise<Sent> {
  const watch = watchBroadcasts(deps.broadcasts, deps.monotonic);
  const shared = { watch, guard: guardFaults(deps, watch) };
  const whileInHand = createFinishLast((broadcast) => tryFinish(deps, broadcast));

  return async function sendChunk(id) {
    const broadcast = await watch.get(broadcastOf(id));
    if (!broadcast) throw new TerminalError("BROADCAST_MISSING", `there is no broadcast ${broadcastOf(id)}`);
    // Nothing of it is open any more. After a cancel there are messages for thousands of such chunks.
    if (isFinished(broadcast.phase)) return "settled";
    const turn = { lane: laneOf(broadcast), broadcast: broadcast.id, perMinute: broadcast.perMinute };
    // Its message is not to be held for ever, nor counted as one that failed: the tick comes again.
    if (!(await isReady(deps, turn))) return "later";
    return whileInHand(broadcast.id, async () => {
      const job = await deps.active(turn.lane, () => begin(deps, shared, id, broadcast, turn));
      return typeof job === "string" ? job : carryOn(deps, shared, job).finally(() => end(job));
    });
  };
}

/** Waits until attempts can be had; false where that takes longer than the handler's time. */
async function isReady({ governor, steady, budgetMs }: SenderDeps, turn: Turn): Promise<boolean> {
  const ready = governor.ready(turn);
  if (ready === null) return true;
  const since = steady();
  const time = watchGate(async () => steady() - since <= budgetMs);
  const over = untilAborted(time.closed).then(() => false);
  return Promise.race([ready.then(() => true), over]).finally(time.end);
}

/** Claims the chunk and sends the first round. */
async function begin(
  deps: SenderDeps,
  shared: Shared,
  id: ChunkId,
  broadcast: Broadcast,
  turn: Turn,
): Promise<Job | Sent> {
  // Not looked at: another process is to get the message, and soon.
  if (deps.draining.aborted) throw new RetryableError("DRAINING", "the sender is ending");
  const since = deps.monotonic();
  const startedAt = deps.steady();
  const claim = await deps.ledger.claimChunk(id, broadcast.onCrash);
  switch (claim.kind) {
    case "missing":
      throw new TerminalError("CHUNK_MISSING", `there is no chunk ${id}`);
    case "settled":
      return "settled";
    case "parked":
      return "parked";
    case "leased-elsewhere":
      return "elsewhere";
    case "not-before":
      return "later";
    case "claimed": {
      const lease = holdLease(() => deps.ledger.renewChunk(id, claim.epoch), since, deps);
      const rules = {
        retry: deps.retry,
        onCrash: broadcast.onCrash,
        before: claim.handBacks,
        random: deps.random,
      };
      const run = createChunkRun(claim.chunk.progress, rules);
      const inTime = () => deps.steady() - startedAt <= deps.budgetMs;
      const isOpen = async () => inTime() && mayGoOn(await shared.watch.get(broadcast.id), deps.now());
      const gate = watchGate(isOpen);
      const [proven, { renewals }] = [provenBy(claim.chunk), shared.guard];
      const job = { broadcast, turn, claim, run, lease, gate, startedAt, proven, renewals };
      let ended: Sent | null = "elsewhere";
      try {
        ended = await round(deps, shared, job);
      } finally {
        if (ended) end(job);
      }
      return ended ?? job;
    }
  }
}

/** The platforms on which a chunk's members were accepted. */
function provenBy({ members, progress: { open, outcomes } }: Chunk): Set<Class> {
  const isOpen = new Set(open);
  const accepted = members.filter((_, index) => !isOpen.has(index) && outcomes[index] === undefined);
  return new Set(accepted.map(({ platform }) => platform));
}

function end({ lease, gate }: Pick<Job, "lease" | "gate">): void {
  lease.end();
  gate.end();
}

/** Whether what stands in the record lets a message go out. */
function mayGoOn(broadcast: Broadcast | null, now: number): boolean {
  return broadcast !== null && closedGates(broadcast).length === 0 && !isOverdue(broadcast, now);
}

/** A wait this long is worth a write: what was accepted so far cannot be repeated any more. */
const NOTE_FROM_MS = 500;

/** Goes on, round by round, until the chunk is settled or leaves this handler's hands. */
async function carryOn(deps: SenderDeps, shared: Shared, job: Job): Promise<Sent> {
  const { run } = job;
  for (;;) {
    if (run.left === 0) return settle(deps, job, run.progress());
    const spentMs = deps.steady() - job.startedAt;
    if (isOver(deps, job, spentMs)) return settle(deps, job, run.giveUp("expired"));
    const waitMs = Math.max(0, nextAt(run) - deps.steady());
    if (deps.draining.aborted || spentMs + waitMs > deps.budgetMs) return handBack(deps, job);
    if (waitMs > NOTE_FROM_MS && (await noteProgress(deps, job)) === "fenced") return "elsewhere";
    await deps.wait(waitMs, AbortSignal.any([deps.draining, job.gate.closed]));
    if (deps.draining.aborted) continue;
    const ended = await deps.active(job.turn.lane, () => round(deps, shared, job));
    if (ended) return ended;
  }
}

/** Where only suspects are left, there is something to decide at once. */
function nextAt(run: InHand["run"]): number {
  const at = run.nextAt();
  return at === Number.POSITIVE_INFINITY ? 0 : at;
}

/** One round of sending. Null: see what is left. */
async function round(deps: SenderDeps, shared: Shared, job: Job): Promise<Sent | null> {
  const { broadcast, run, lease } = job;
  if (!(await lease.secure())) return "elsewhere";
  // Read after the claim is sure: whoever closed a gate before is seen here, and whoever does so later sees the claim,
  // and waits until it is let go of. A look of before would not do: the lease may have passed since, and been renewed.
  const current = await shared.watch.get(broadcast.id, deps.monotonic());
  job.gate.reopen();
  const left = current && (await leaveClosed(deps, shared, job, current));
  if (left) return left;
  // It waited when we looked and does no more: resumed or cancelled, which only another look can say.
  if (current && isWaiting(current)) return null;
  const breaker = breakerFor(shared, job, current ?? broadcast);
  if (!breaker.fault && (await sendReady(deps, shared, job, breaker)) === "fenced") return "elsewhere";
  if (breaker.fault) {
    await stopFor(deps, shared, job, breaker, breaker.fault);
    return null;
  }
  run.decide((index, code) => breaker.isDecided(job.claim.chunk.members[index]?.platform, code));
  const isUndecided = run.left > 0 && run.nextAt() === Number.POSITIVE_INFINITY;
  return isUndecided ? leaveUndecided(deps, shared, { ...job, broadcast: current ?? broadcast }) : null;
}

/** The breaker of the broadcast, which learns what the ledger says of the chunk's members. */
function breakerFor({ guard }: Shared, job: Job, broadcast: Broadcast): Breaker {
  const { proven, run } = job;
  run.tryAgain(broadcast.trial ?? 0);
  // A refusal of an access token that is not in use any more does not count.
  if (job.renewals !== guard.renewals) run.renew();
  job.renewals = guard.renewals;
  const breaker = guard.breakerOf(broadcast);
  for (const platform of proven) breaker.learn(platform);
  return breaker;
}

/** Opens again who was rejected for it, and holds the broadcast, or ends it where no other member is left. */
async function stopFor(
  deps: SenderDeps,
  { watch, guard }: Shared,
  job: Job,
  breaker: Breaker,
  { doubts, reason }: Fault,
): Promise<void> {
  if (doubts !== undefined) job.run.reopen(doubts);
  if (doubts === CONTENT_REFUSED && (await endsHere(deps, watch, job, reason))) return;
  await guard.answer(job.broadcast.id, breaker, () => checkCredential(deps, job));
}

/** Ends or parks a chunk of which nothing more is to be sent. Null: go on. */
async function leaveClosed(
  deps: SenderDeps,
  { guard }: Shared,
  job: Job,
  current: Broadcast,
): Promise<Sent | null> {
  if (current.gates.cancelled) return settle(deps, job, job.run.giveUp("cancelled"));
  if (isOverdue(current, deps.now())) return settle(deps, job, job.run.giveUp("expired"));
  const parked = isWaiting(current) ? await park(deps, job, current.gates.held) : null;
  if (parked) guard.forget(current.id);
  return parked;
}

/** Sends to everybody whose time has come. */
async function sendReady(deps: SenderDeps, shared: Shared, job: Job, breaker: Breaker): Promise<Written> {
  const { broadcast, turn, claim, run } = job;
  const { notAfter } = job.lease;
  const { id, members } = claim.chunk;
  const indexes = run.ready(deps.steady());
  // A repeat is counted before it can happen, so that a crash between the two leaves no repeat uncounted.
  const repeats = run.countUnsure(indexes);
  if (repeats > 0 && (await deps.ledger.countRepeats(id, claim.epoch, repeats)) === "fenced") return "fenced";
  const mayStart = () => gateOpen(deps, shared, job);
  const rest = restOf(broadcast, deps.now);
  const { closed } = job.gate;
  await sendRound(deps, { turn, breaker, run, members, indexes, rest, mayStart, notAfter, closed });
  return "done";
}

/** Whether one more message may go out: nobody asked us to end, the lease is ours, the gates are open, it is not late. */
function gateOpen(deps: SenderDeps, { watch }: Shared, job: Job): boolean | Promise<boolean> {
  const { lease, gate, broadcast, startedAt } = job;
  if (deps.draining.aborted || gate.closed.aborted || !lease.mayStart()) return false;
  if (isOverdue(broadcast, deps.now())) return false;
  if (!lease.dueForALook()) return true;
  // A round may be slow for many reasons, and a function is killed when its time is over.
  if (deps.steady() - startedAt > deps.budgetMs) return false;
  // The look may have taken long.
  return watch.get(broadcast.id).then((current) => mayGoOn(current, deps.now()) && lease.mayStart());
}

function noteProgress({ ledger }: SenderDeps, { claim, run }: Job): Promise<Written> {
  return ledger.noteProgress(claim.chunk.id, claim.epoch, run.progress());
}

/** Whether it is time to give up on who is left: an hour after the first try, for who has been tried. */
function isOver({ retry, now }: SenderDeps, { run, claim, broadcast }: Job, spentMs: number): boolean {
  if (isOverdue(broadcast, now())) return true;
  return claim.ageMs + spentMs >= retry.giveUpMs && run.nextAt() > 0;
}
