import type { Reply } from "./answers.ts";
import type { Break } from "./outcomes.ts";
import { DROPPED, GONE, STALLED, UNPROCESSED } from "./records/log.ts";
import type { Decision, Letter } from "./send-message.ts";

/** The far end of one send request, whichever protocol it speaks. */
export type Peer = {
  /** False once an answer could not reach it any more. */
  isThere(): boolean;
  answer(reply: Reply): void;
  /** Breaks off without an answer. */
  breakOff(how: Break): void;
  /** Sends the headers and half of the body, and never the rest. */
  answerHalf(reply: Reply): void;
  /** Tells the client that nothing behind this request will be processed on its connection. */
  sendAway(): void;
  /** The message has been taken or refused for good: from now on nobody may be told that it was not processed. */
  processed(): void;
};

/** Counts since the last reset; `inFlight` is a level and survives it. */
export type Traffic = {
  inFlight: number;
  begun: number;
  abandoned: number;
  dropped: number;
  stalled: number;
  unprocessed: number;
};

export const NO_TRAFFIC = { begun: 0, abandoned: 0, dropped: 0, stalled: 0, unprocessed: 0 };

/**
 * Carries decisions out: waits, accepts, answers or breaks off, and writes down which it was. A client that leaves
 * before its answer is counted as `abandoned`, unless the simulator itself broke the connection.
 */
export function createExchanges(traffic: Traffic, sendMessage: (letter: Letter) => Decision) {
  return function openExchange(peer: Peer) {
    let phase: "reading" | "waiting" | "done" = "reading";
    let decision: Decision | undefined;
    let timer: NodeJS.Timeout | undefined;

    function finish(code: number): void {
      if (phase === "waiting") traffic.inFlight--;
      phase = "done";
      decision?.records.settle(decision.broadcast, decision.event, code);
    }

    /** The message reaches its phone, if it is to. */
    function process({ records, accepts, event }: Decision): void {
      peer.processed();
      if (accepts) records.accept(accepts, event);
    }

    function breakOff(how: Break): void {
      if (how === "refused") traffic.unprocessed++;
      else traffic.dropped++;
      finish(how === "refused" ? UNPROCESSED : DROPPED);
      peer.breakOff(how);
    }

    function carryOut(due: Decision): void {
      // What has left is settled when its close is reported.
      if (!peer.isThere()) return;
      const { outcome } = due;
      process(due);
      switch (outcome.kind) {
        case "answer":
          finish(outcome.reply.status);
          if (outcome.isLast) peer.sendAway();
          peer.answer(outcome.reply);
          break;
        case "break":
          breakOff(outcome.how);
          break;
        case "stall":
          finish(STALLED);
          traffic.stalled++;
          if (outcome.reply) peer.answerHalf(outcome.reply);
          break;
      }
    }

    return {
      /** The request has been read whole. */
      receive(letter: Letter): void {
        if (phase === "done") return;
        phase = "waiting";
        traffic.inFlight++;
        decision = sendMessage(letter);
        if (decision.delayMs > 0) timer = setTimeout(carryOut, decision.delayMs, decision);
        else carryOut(decision);
      },
      /** The request was refused unread. */
      refuse(reply: Reply): void {
        if (phase === "done") return;
        finish(reply.status);
        peer.answer(reply);
      },
      /** A GOAWAY has told the client that this request is not processed: from now on it is so. */
      giveUp(): void {
        clearTimeout(timer);
        traffic.unprocessed++;
        finish(UNPROCESSED);
      },
      /** The connection or stream has ended, after the answer or before. What was read whole was taken. */
      close(brokenByUs: boolean): void {
        if (phase === "done") return;
        clearTimeout(timer);
        if (decision) process(decision);
        if (brokenByUs) traffic.dropped++;
        else traffic.abandoned++;
        finish(brokenByUs ? DROPPED : GONE);
      },
    };
  };
}

export type OpenExchange = ReturnType<typeof createExchanges>;
export type Exchange = ReturnType<OpenExchange>;
