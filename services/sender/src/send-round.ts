import { type Answer, classify, type Verdict } from "@fanfare/shared/domain/answers";
import type { Member } from "@fanfare/shared/domain/chunk";
import { encodeBody } from "@fanfare/shared/domain/message";
import type { ChunkRun } from "./chunk-run.ts";
import type { Governor, Turn } from "./governor.ts";
import type { Transport } from "./transport.ts";

export interface RoundDeps {
  transport: Transport;
  governor: Governor;
  now: () => number;
}

/** What FCM said that concerns the whole broadcast, if anything: the first such answer of the round. */
export type RoundFault = Extract<Verdict, { kind: "credential" | "fault" }>;

export interface Round {
  turn: Turn;
  run: ChunkRun;
  members: readonly Member[];
  indexes: readonly number[];
  /** The body of every request behind its target. */
  rest: string;
  /** Asked before each start; false ends the round early. */
  mayStart: () => boolean | Promise<boolean>;
}

/**
 * Sends to the members given, each once, and waits for every answer. Ends early, with the rest untouched, once
 * `mayStart` says no or an answer says that every further message would fail.
 */
export async function sendRound(
  { transport, governor, now }: RoundDeps,
  round: Round,
): Promise<RoundFault | null> {
  const { turn, run, members, rest, mayStart } = round;
  let fault = null as RoundFault | null;
  let inFlight = 0;
  let allStarted = false;
  const finished = Promise.withResolvers<void>();

  function take(index: number, answer: Answer): void {
    const time = now();
    const verdict = classify(answer, time);
    if (verdict.kind === "retry" && verdict.pauseMs !== undefined) governor.pause(verdict.pauseMs);
    if (verdict.kind === "fault" || verdict.kind === "credential") fault ??= verdict;
    run.note(index, verdict, time);
    inFlight -= 1;
    if (allStarted && inFlight === 0) finished.resolve();
  }

  /** Takes a slot to send in; false, and no slot is held, where nothing may start. */
  async function takeSlot(): Promise<boolean> {
    await governor.take(turn);
    await transport.slot();
    let may = false;
    try {
      may = !fault && (await mayStart());
    } finally {
      if (!may) transport.unused();
    }
    return may;
  }

  try {
    for (const index of round.indexes) {
      const member = members[index];
      if (!member) continue;
      if (!(await takeSlot())) break;
      inFlight += 1;
      transport.start(index, encodeBody(rest, member.kind, member.address), take);
    }
  } finally {
    allStarted = true;
    if (inFlight > 0) await finished.promise;
  }
  return fault;
}
