import {
  answerAccepted,
  answerExhausted,
  answerNature,
  INTERNAL,
  type Reply,
  UNAVAILABLE,
  UNAVAILABLE_PAGE,
} from "./answers.ts";
import { type AttemptFault, type Faults, pickDelayMs, pickFault, tossCoin } from "./behaviour/faults.ts";
import { hashAddress } from "./behaviour/hash.ts";
import { natureByHash } from "./behaviour/natures.ts";
import type { Quota } from "./behaviour/quota.ts";
import type { SendRequest } from "./message/read-request.ts";
import type { Records } from "./records/records.ts";

export type Outcome = { kind: "answer"; reply: Reply } | { kind: "drop"; wholeConnection: boolean };

/** What is to happen to a request, decided and written down when it has been read. */
export type Decision = {
  outcome: Outcome;
  delayMs: number;
  /** Where to write down how it ended: the records may have been replaced by then. */
  records: Records;
  broadcast: string | undefined;
  event: number;
};

/** What a reset or a control call replaces. */
export type State = { seed: string; faults: Faults; records: Records; quota: Quota; validated: number };

type Addressed = SendRequest & { kind: "addressed" };

/**
 * Decides about one send. The order is FCM's as far as it shows: the body's form, the quota, the message, the
 * address, then what goes wrong by chance. Only the quota depends on what others sent.
 */
export function createSendMessage(state: State) {
  return function sendMessage(project: string, text: string): Decision {
    const { records, quota, faults } = state;
    const request = records.readRequest(text);
    if (request.kind === "unaddressed") return decide(records, { kind: "answer", reply: request.reply });
    if (request.validateOnly) return validate(state, project, request);

    const record = records.open(request);
    const event = records.append(request, record);
    const spot = { broadcast: request.broadcast, event };
    if (!quota.hasRoom(faults.quotaPerMinute)) {
      return { ...decide(records, { kind: "answer", reply: refuseOverQuota(faults, quota) }), ...spot };
    }
    const attempt = records.nextTry(record);
    const hash = hashAddress(state.seed, request.address);
    const delayMs = pickDelayMs(faults, hash, attempt);
    const reply = request.refusal ?? findNatureReply(request, hash, faults);
    const fault = reply ? undefined : pickFault(faults, hash, attempt);
    if (fault !== "error429") quota.spend();
    if (reply) return { outcome: { kind: "answer", reply }, delayMs, records, ...spot };
    const coin = tossCoin(hash, attempt);
    const isAccepted = fault === undefined || fault === "error503After" || (fault === "drop" && coin);
    if (isAccepted) records.accept(request, event);
    const outcome = fault
      ? misbehave(fault, faults, coin)
      : ({ kind: "answer", reply: answerAccepted(project, nameMessage(event, hash)) } as const);
    return { outcome, delayMs, records, ...spot };
  };
}

function decide(records: Records, outcome: Outcome): Decision {
  return { outcome, delayMs: 0, records, broadcast: undefined, event: 0 };
}

/** A dry run: checked and counted toward the quota like any, but no attempt at the address, so no faults. */
function validate(state: State, project: string, request: Addressed): Decision {
  const { faults, quota, records } = state;
  state.validated++;
  if (!quota.hasRoom(faults.quotaPerMinute)) {
    return decide(records, { kind: "answer", reply: refuseOverQuota(faults, quota) });
  }
  quota.spend();
  const hash = hashAddress(state.seed, request.address);
  const reply =
    request.refusal ??
    findNatureReply(request, hash, faults) ??
    // The id that FCM itself gives to a message it did not send.
    answerAccepted(project, "fake_message_id");
  const delayMs = pickDelayMs(faults, hash, 1);
  return { ...decide(records, { kind: "answer", reply }), delayMs };
}

function refuseOverQuota(faults: Faults, quota: Quota): Reply {
  return answerExhausted(faults.quotaRetryAfter ? quota.secondsToRefill() : null);
}

function findNatureReply({ address }: Addressed, hash: number, { shares }: Faults): Reply | undefined {
  const nature = natureByHash(address, hash, shares);
  return nature === "fine" ? undefined : answerNature(nature);
}

function misbehave(fault: AttemptFault, faults: Faults, coin: boolean): Outcome {
  switch (fault) {
    case "error429":
      return { kind: "answer", reply: answerExhausted(faults.retryAfterSeconds) };
    case "error500":
      return { kind: "answer", reply: INTERNAL };
    case "error503":
    case "error503After":
      return { kind: "answer", reply: coin ? UNAVAILABLE_PAGE : UNAVAILABLE };
    case "drop":
      return { kind: "drop", wholeConnection: faults.dropConnection };
  }
}

/** In the form of FCM's own ids; the first part is the message's place in the log. */
function nameMessage(event: number, hash: number): string {
  return `0:${event}%${hash.toString(16).padStart(8, "0")}`;
}
