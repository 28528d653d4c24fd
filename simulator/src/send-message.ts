import { answerLimited, answerNature, DEAD, KEY_FAULT } from "./address-answers.ts";
import { answerAccepted, answerOverQuota, answerUnauthorized, PAYLOAD_FAULT, type Reply } from "./answers.ts";
import {
  type Faults,
  isGarbled,
  isWronglyDead,
  pickDelayMs,
  pickFault,
  pickForm,
  pickPageStatus,
  tossCoin,
} from "./behaviour/faults.ts";
import { hashAddress } from "./behaviour/hash.ts";
import { natureByHash } from "./behaviour/natures.ts";
import type { Quota } from "./behaviour/quota.ts";
import type { Tokens } from "./behaviour/tokens.ts";
import type { SendRequest } from "./message/read-request.ts";
import { garbleError, isAccepted, misbehave, type Outcome } from "./outcomes.ts";
import type { Records } from "./records/records.ts";

type Addressed = SendRequest & { kind: "addressed" };

/** What is to happen to a request, decided when it has been read. */
export type Decision = {
  outcome: Outcome;
  delayMs: number;
  /** Where to write down how it ended: the records may have been replaced by then. */
  records: Records;
  broadcast: string | undefined;
  event: number;
  /** What reaches its phone when the delay is over, even if the client has left by then. */
  accepts?: Addressed;
};

/** What a reset or a control call replaces. */
export type State = {
  seed: string;
  faults: Faults;
  records: Records;
  quota: Quota;
  tokens: Tokens;
  validated: number;
};

/** One request as its door read it. `authorization` is the header. */
export type Letter = { project: string; text: string; authorization: string | undefined };

/**
 * Decides about one send. The order is FCM's as far as it shows: the access token, the body's form, the quota, the
 * message, the address, then what goes wrong by chance. Only token and quota depend on what others sent.
 */
export function createSendMessage(state: State) {
  return function sendMessage({ project, text, authorization }: Letter): Decision {
    const { records, quota, faults } = state;
    const request = records.readRequest(text);
    const verdict = state.tokens.judge(authorization, faults.authorization);
    const refusal = verdict === "granted" ? undefined : answerUnauthorized(verdict, project);
    if (request.kind === "unaddressed") return decide(records, refusal ?? request.reply);
    if (request.validateOnly) return validate(state, project, request, refusal);

    const record = records.open(request);
    const event = records.append(request, record);
    const spot = { broadcast: request.broadcast, event };
    if (refusal) return { ...decide(records, refusal), ...spot };
    if (!quota.hasRoom(faults.quotaPerMinute)) {
      return { ...decide(records, refuseOverQuota(project, state)), ...spot };
    }
    const attempt = records.nextTry(record);
    return { ...attemptAt(state, project, request, { attempt, event }), ...spot };
  };
}

/** What becomes of an attempt that counts as one, by the hash of its address. */
function attemptAt(
  { seed, faults, records, quota }: State,
  project: string,
  request: Addressed,
  { attempt, event }: { attempt: number; event: number },
): Omit<Decision, "broadcast" | "event"> {
  const hash = hashAddress(seed, request.address);
  const delayMs = pickDelayMs(faults, hash, attempt);
  const reply = findReply(request, hash, faults, attempt);
  const fault = reply ? undefined : pickFault(faults, hash, attempt);
  if (fault !== "error429" && fault !== "refuse" && reply?.status !== 429) quota.spend();
  const coin = tossCoin(hash, attempt);
  const accepted = () => answerAccepted(project, nameMessage(event, hash));
  const form = pickForm(hash, attempt);
  const pageStatus = pickPageStatus(faults, hash, attempt);
  const planned: Outcome = reply
    ? { kind: "answer", reply }
    : misbehave(fault, { faults, coin, form, pageStatus, accepted });
  const outcome = isGarbled(faults, hash, attempt) ? garbleError(planned, form) : planned;
  const accepts = !reply && isAccepted(fault, coin) ? { accepts: request } : {};
  return { outcome, delayMs, records, ...accepts };
}

function decide(records: Records, reply: Reply): Decision {
  return {
    outcome: { kind: "answer", reply },
    delayMs: 0,
    records,
    broadcast: undefined,
    event: 0,
  };
}

/** A dry run: checked and counted toward the quota like any, but no attempt at the address, so no faults. */
function validate(state: State, project: string, request: Addressed, refusal: Reply | undefined): Decision {
  const { faults, quota, records } = state;
  state.validated++;
  if (refusal) return decide(records, refusal);
  if (!quota.hasRoom(faults.quotaPerMinute)) return decide(records, refuseOverQuota(project, state));
  quota.spend();
  const hash = hashAddress(state.seed, request.address);
  const reply =
    // No device gets it, so that none has too many.
    findReply(request, hash, faults, faults.maxFaultyAttempts + 1) ??
    // The id that FCM itself gives to a message it did not send.
    answerAccepted(project, "fake_message_id");
  return { ...decide(records, reply), delayMs: pickDelayMs(faults, hash, 1) };
}

function refuseOverQuota(project: string, { faults, quota }: State): Reply {
  const retryAfterSeconds = faults.quotaRetryAfter ? quota.secondsToRefill() : null;
  return answerOverQuota(project, faults.quotaPerMinute ?? 0, { retryAfterSeconds });
}

/** The answer to a message or an address at fault, whatever chance has in store. */
function findReply(
  { refusal, address }: Addressed,
  hash: number,
  faults: Faults,
  attempt: number,
): Reply | undefined {
  const { shares, payloadFault, payloadFaultFor, keyFaultFor, maxFaultyAttempts } = faults;
  const isAmong = (text: string | null) => text !== null && address.includes(text);
  if (refusal) return refusal;
  if (payloadFault || isAmong(payloadFaultFor)) return PAYLOAD_FAULT;
  const nature = natureByHash(address, hash, shares);
  if (nature === "limited" && attempt <= maxFaultyAttempts) return answerLimited(faults);
  if (nature !== "fine" && nature !== "limited") return answerNature(nature);
  if (isWronglyDead(faults, hash)) return DEAD;
  return isAmong(keyFaultFor) ? KEY_FAULT : undefined;
}

/** In the form of FCM's own ids; the first part is the message's place in the log. */
function nameMessage(event: number, hash: number): string {
  return `0:${event}%${hash.toString(16).padStart(8, "0")}`;
}
