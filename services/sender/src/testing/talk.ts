import type { Verdict } from "@fanfare/shared/domain/answers";
import type { Turn } from "../turn.ts";
import { type FleetWorld, MINUTE_MS, type Sender, TURN } from "./fleet-world.ts";

export const ACCEPTED: Verdict = { kind: "accepted" };
export const NOT_PROCESSED: Verdict = { kind: "retry", unsure: false };
export const NO_ANSWER: Verdict = { kind: "retry", unsure: true };
/** FCM's answer to one device that gets too many, which does not say so. */
export const limited = (afterMs = MINUTE_MS): Verdict => {
  return { kind: "retry", unsure: false, limit: "unknown", afterMs };
};

interface TalkFields {
  answer?: (attempt: number) => Verdict;
  paceMs?: number;
  turn?: Turn;
  times?: number[];
}

export type Talk = ReturnType<typeof createTalk>;

/** Messages that senders of a world send, and when. */
export function createTalk(world: FleetWorld) {
  const sent: number[] = [];

  /** Sends to one device for ever, at a pace; each answer comes after 50 ms. */
  async function talk(sender: Sender, address: string, fields: TalkFields = {}): Promise<void> {
    const { answer = () => ACCEPTED, paceMs = 0, turn = TURN, times = sent } = fields;
    const pass = (ms: number) => new Promise<void>((resolve) => sender.clock.after(ms, resolve));
    for (let attempt = 1; ; attempt++) {
      await sender.governor.take(turn);
      if (!sender.alive) return;
      times.push(world.now());
      await pass(50);
      sender.governor.heard(address, answer(attempt));
      if (paceMs > 0) await pass(paceMs);
    }
  }

  /** Three senders that send to a few devices each. */
  function joinThree(answer: TalkFields["answer"] = () => ACCEPTED): Sender[] {
    const senders = [0, 1, 2].map(() => world.join(null));
    senders.forEach((sender, number) => {
      for (const device of ["a", "b"]) void talk(sender, `${device}${number}`, { answer, paceMs: 100 });
    });
    return senders;
  }

  return { sent, talk, joinThree };
}
