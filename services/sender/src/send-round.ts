import type { NotAfter, Transport } from "@fanfare/fcm-http2/transport";
import { type Answer, classify } from "@fanfare/shared/domain/answers";
import type { Member } from "@fanfare/shared/domain/chunk";
import { encodeBody } from "@fanfare/shared/domain/message";
import type { Breaker, Class } from "./breaker.ts";
import type { ChunkRun, IsDecided } from "./chunk-run.ts";
import type { Governor } from "./governor.ts";
import type { Turn } from "./turn.ts";

export interface RoundDeps {
  transport: Transport;
  governor: Governor;
  /** Elapsed milliseconds, by which leases are held. */
  monotonic: () => number;
  /** Milliseconds of the monotonic clock alone, for waits: setting the wall clock shortens and lengthens none. */
  steady: () => number;
}

export interface Round {
  turn: Turn;
  /** Shared by all rounds of the broadcast in this process. */
  breaker: Breaker;
  run: ChunkRun;
  members: readonly Member[];
  indexes: readonly number[];
  /** The body of the next request behind its target. */
  rest: () => string;
  /** Asked before each start; false ends the round early. */
  mayStart: () => boolean | Promise<boolean>;
  /** Up to when a message that was started may be written. */
  notAfter: NotAfter;
  /** Aborted once `mayStart` says no: nobody waits for the quota any more. */
  closed: AbortSignal;
}

/**
 * Sends to the members given, each once, and waits for every answer. Ends early, with the rest untouched, once
 * `mayStart` says no or the breaker has a fault.
 */
export async function sendRound(deps: RoundDeps, round: Round): Promise<void> {
  const { transport, governor, monotonic, steady } = deps;
  const { turn, breaker, run, members, rest, mayStart, notAfter } = round;
  const closed = untilAborted(round.closed);
  let inFlight = 0;
  let allStarted = false;
  const finished = Promise.withResolvers<void>();

  const platformOf = (index: number) => members[index]?.platform;
  const isDecided: IsDecided = (index, code) => breaker.isDecided(platformOf(index), code);

  function take(index: number, answer: Answer): void {
    // It waited past its lease and never went out. That does not count as an attempt, nor toward giving up.
    if (answer.kind === "not-processed" && notAfter() <= monotonic()) breaker.leave(platformOf(index));
    else note(index, answer);
    inFlight -= 1;
    if (allStarted && inFlight === 0) finished.resolve();
  }

  function note(index: number, answer: Answer): void {
    const address = members[index]?.address ?? "";
    const verdict = classify(answer, address);
    governor.heard(address, verdict);
    breaker.note(platformOf(index), verdict);
    run.note(index, verdict, steady(), isDecided);
  }

  /** Takes a place and a slot to send in; false, and none is held, where nothing may start. */
  async function takeSlot(platform: Class): Promise<boolean> {
    const place = breaker.enter(platform);
    if (place !== null) await place;
    const wait = governor.take(turn);
    // A turn that comes after all is lost, to nobody's harm.
    if (wait !== null) await Promise.race([wait, closed]);
    await transport.slot();
    let may = false;
    try {
      may = !breaker.fault && (await mayStart());
    } finally {
      if (!may) {
        transport.unused();
        breaker.leave(platform);
      }
    }
    return may;
  }

  try {
    for (const index of round.indexes) {
      const member = members[index];
      if (!member) continue;
      if (!(await takeSlot(member.platform))) break;
      inFlight += 1;
      transport.start(index, encodeBody(rest(), member.kind, member.address), notAfter, take);
    }
  } finally {
    allStarted = true;
    if (inFlight > 0) await finished.promise;
  }
}

export function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
