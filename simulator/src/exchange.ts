import type { Reply } from "./answers.ts";
import { DROPPED, GONE } from "./records/log.ts";
import type { Decision } from "./send-message.ts";

/** The far end of one send request, whichever protocol it speaks. */
export type Peer = {
  /** False once an answer could not reach it any more. */
  isThere(): boolean;
  answer(reply: Reply): void;
  /** Breaks off without an answer. */
  drop(wholeConnection: boolean): void;
};

/** Counts since the last reset; `inFlight` is a level and survives it. */
export type Traffic = { inFlight: number; abandoned: number; dropped: number };

/**
 * Carries decisions out: waits, answers or drops, and writes down which it was. A client that leaves before
 * its answer is counted as `abandoned`, unless the simulator itself broke the connection.
 */
export function createExchanges(traffic: Traffic, sendMessage: (project: string, text: string) => Decision) {
  return function openExchange(peer: Peer) {
    let phase: "reading" | "waiting" | "done" = "reading";
    let decision: Decision | undefined;
    let timer: NodeJS.Timeout | undefined;

    function finish(code: number): void {
      if (phase === "waiting") traffic.inFlight--;
      phase = "done";
      decision?.records.settle(decision.broadcast, decision.event, code);
    }

    function carryOut({ outcome }: Decision): void {
      // What has left is settled when its close is reported.
      if (!peer.isThere()) return;
      switch (outcome.kind) {
        case "answer":
          finish(outcome.reply.status);
          peer.answer(outcome.reply);
          break;
        case "drop":
          finish(DROPPED);
          traffic.dropped++;
          peer.drop(outcome.wholeConnection);
          break;
      }
    }

    return {
      /** The request has been read whole. */
      receive(project: string, text: string): void {
        phase = "waiting";
        traffic.inFlight++;
        decision = sendMessage(project, text);
        if (decision.delayMs > 0) timer = setTimeout(carryOut, decision.delayMs, decision);
        else carryOut(decision);
      },
      /** The request was refused unread. */
      refuse(reply: Reply): void {
        finish(reply.status);
        peer.answer(reply);
      },
      /** The connection or stream has ended, after the answer or before. */
      close(brokenByUs: boolean): void {
        if (phase === "done") return;
        clearTimeout(timer);
        if (brokenByUs) traffic.dropped++;
        else traffic.abandoned++;
        finish(brokenByUs ? DROPPED : GONE);
      },
    };
  };
}

export type OpenExchange = ReturnType<typeof createExchanges>;
