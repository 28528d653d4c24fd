import {
  answerBrokenRule,
  answerMisfit,
  answerNotJson,
  answerTooBig,
  type Reply,
  type Violation,
} from "../answers.ts";
import type { Message } from "../phone.ts";
import { readBroadcast, type Templates } from "../records/templates.ts";
import { findBrokenRule } from "./check-rules.ts";
import { SEND_REQUEST, TARGETS } from "./fields.ts";
import { MAX_PAYLOAD_BYTES, measurePayload } from "./payload-size.ts";
import { isObject, type JsonObject, readMessage } from "./read-fields.ts";

export type TargetKind = "token" | "fid";

/** What is the same for all requests that differ only in their address. */
type Judgement = {
  broadcast: string;
  /** 0 for a refused message: only sound ones are kept. */
  templateId: number;
  validateOnly: boolean;
  /** The answer to a message that is at fault itself. */
  refusal: Reply | undefined;
};

export type SendRequest =
  | ({ kind: "addressed"; target: TargetKind; address: string } & Judgement)
  | { kind: "unaddressed"; reply: Reply };

const NO_MESSAGE_AT_ALL = {
  description: 'Invalid JSON payload received. Unknown name "": Root element must be a message.',
};

// Enough for every broadcast of a run; bounded because each message might differ from all others.
const MAX_JUDGEMENTS = 1000;

/**
 * Reads and checks the body of a send. A judgement is remembered by the body's text with the target cut out:
 * texts equal but for one string value are judged alike, since no rule but the target's looks at that value.
 */
export function createReadRequest(templates: Templates) {
  const judgements = new Map<string, Judgement>();

  return function readRequest(text: string): SendRequest {
    const request = parse(text);
    if (request === undefined) return { kind: "unaddressed", reply: answerNotJson(text) };
    if (!isObject(request)) return { kind: "unaddressed", reply: answerMisfit([NO_MESSAGE_AT_ALL]) };
    if (!isObject(request.message)) return { kind: "unaddressed", reply: refuseShape(request) };
    const [target, ...others] = TARGETS.filter((name) => (request.message as JsonObject)[name] != null);
    const address = target && request.message[target];
    if ((target !== "token" && target !== "fid") || others.length > 0 || typeof address !== "string") {
      return { kind: "unaddressed", reply: refuseTarget(request, target, others) };
    }
    const key = cutOut(text, target, address);
    let judgement = key === undefined ? undefined : judgements.get(key);
    if (!judgement) {
      judgement = judge(request, templates);
      if (judgements.size >= MAX_JUDGEMENTS) judgements.clear();
      if (key !== undefined) judgements.set(key, judgement);
    }
    return { kind: "addressed", target, address, ...judgement };
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The text without the target, undefined if it is not found exactly once in its plain form. JSON never holds
 * a raw NUL, so no two texts with the gap at different places give the same key.
 */
function cutOut(text: string, target: TargetKind, address: string): string | undefined {
  const plain = `"${target}":"${address}"`;
  const at = text.indexOf(plain);
  if (at < 0 || text.indexOf(plain, at + 1) >= 0) return undefined;
  return `${text.slice(0, at)}\0${target}\0${text.slice(at + plain.length)}`;
}

function judge(request: JsonObject, templates: Templates): Judgement {
  const violations: Violation[] = [];
  const read = readMessage(request, SEND_REQUEST, "", violations);
  const validateOnly = read.validate_only === true;
  const { token: _token, fid: _fid, ...content } = read.message as JsonObject;
  const refusal = violations.length > 0 ? answerMisfit(violations) : findRefusal(content);
  if (refusal) return { broadcast: readBroadcast(request.message), templateId: 0, validateOnly, refusal };
  const { id, broadcast } = templates.intern(content);
  return { broadcast, templateId: id, validateOnly, refusal: undefined };
}

function findRefusal(message: Message): Reply | undefined {
  const broken = findBrokenRule(message);
  if (broken) return answerBrokenRule(broken);
  const bytes = measurePayload(message);
  return bytes > MAX_PAYLOAD_BYTES ? answerTooBig(bytes, MAX_PAYLOAD_BYTES) : undefined;
}

function refuseShape(request: JsonObject): Reply {
  const violations: Violation[] = [];
  readMessage(request, SEND_REQUEST, "", violations);
  if (violations.length > 0) return answerMisfit(violations);
  return answerBrokenRule({ field: "message", description: "Message is not set." });
}

function refuseTarget(request: JsonObject, target: string | undefined, others: string[]): Reply {
  const violations: Violation[] = [];
  readMessage(request, SEND_REQUEST, "", violations);
  for (const other of others) {
    const description = `Invalid value at 'message' (oneof), oneof field 'target' is already set. Cannot set '${other}'`;
    violations.push({ field: "message", description });
  }
  if (violations.length > 0) return answerMisfit(violations);
  const description = target
    ? `This simulator imitates no ${target} messages: address the message by token or fid.`
    : "Recipient of the message is not set.";
  return answerBrokenRule({ field: "message", description });
}
