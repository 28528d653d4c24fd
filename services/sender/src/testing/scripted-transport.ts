import type { Transport } from "@fanfare/fcm-http2/transport";
import type { Answer } from "@fanfare/shared/domain/answers";

/** One message that was started. */
export interface Started {
  index: number;
  address: string;
  kind: string;
  /** The how-manieth message to this address, from 1. */
  attempt: number;
  message: Record<string, unknown>;
  /** Whether FCM was only asked to check it. */
  checkOnly: boolean;
}

/** Says what FCM answers: at once, or when the promise does. */
export type Script = (started: Started) => Answer | Promise<Answer>;

/** A peer at the transport's port. It answers by a script, and notes what it was asked. */
export interface ScriptedTransport extends Transport {
  readonly started: Started[];
  /** Slots that were taken and are neither given back nor answered. */
  readonly slotsHeld: number;
}

export function createScriptedTransport(script: Script): ScriptedTransport {
  const started: Started[] = [];
  const attempts = new Map<string, number>();
  let slotsHeld = 0;
  return {
    started,
    get slotsHeld() {
      return slotsHeld;
    },
    async slot() {
      slotsHeld += 1;
    },
    unused() {
      slotsHeld -= 1;
    },
    start(index, body, _notAfter, onAnswer) {
      const { message: sent, validate_only: checkOnly = false } = JSON.parse(body);
      const { token, fid, ...message } = sent;
      const address = String(token ?? fid);
      const attempt = (attempts.get(address) ?? 0) + 1;
      attempts.set(address, attempt);
      const one = {
        index,
        address,
        kind: token === undefined ? "fid" : "token",
        attempt,
        message,
        checkOnly,
      };
      started.push(one);
      void Promise.resolve(script(one)).then((answer) => {
        slotsHeld -= 1;
        onAnswer(index, answer);
      });
    },
    async close() {},
  };
}

const respond = (status: number, error?: object, retryAfter?: string): Answer => ({
  kind: "response",
  status,
  body: JSON.stringify(error === undefined ? { name: "projects/demo/messages/1" } : { error }),
  retryAfter,
});

const TYPE = "type.googleapis.com/google.firebase.fcm.v1";
const fcmError = (errorCode: string, apnsReason?: string) => ({
  details: [
    { "@type": `${TYPE}.FcmError`, errorCode },
    ...(apnsReason === undefined ? [] : [{ "@type": `${TYPE}.ApnsError`, reason: apnsReason }]),
  ],
});

/** FCM's answers, in its own form. */
export const ACCEPTED = respond(200);
export const UNAVAILABLE = respond(503, { status: "UNAVAILABLE" });
export const UNREGISTERED = respond(404, { status: "NOT_FOUND", ...fcmError("UNREGISTERED") });
export const MISMATCH = respond(403, { status: "PERMISSION_DENIED", ...fcmError("SENDER_ID_MISMATCH") });
export const UNAUTHENTICATED = respond(401, { status: "UNAUTHENTICATED", message: "token expired" });
export const BAD_PAYLOAD = respond(400, { status: "INVALID_ARGUMENT", message: "Message too big" });
/** An iOS device of another app of the project. */
export const NOT_FOR_TOPIC = respond(400, {
  status: "INVALID_ARGUMENT",
  message: "Request contains an invalid argument.",
  ...fcmError("INVALID_ARGUMENT", "DeviceTokenNotForTopic"),
});
export const BARE_400 = respond(400, {
  status: "INVALID_ARGUMENT",
  message: "Request contains an invalid argument.",
});
export const BARE_404 = respond(404, { status: "NOT_FOUND", message: "Requested entity was not found." });
export const NO_KEY = respond(401, {
  status: "UNAUTHENTICATED",
  message: "Auth error from APNS or Web Push Service",
  ...fcmError("THIRD_PARTY_AUTH_ERROR", "InvalidProviderToken"),
});
/** Something that is not FCM answers. */
export const page = (status: number): Answer => ({
  kind: "response",
  status,
  body: "<!DOCTYPE html><title>Error</title>",
});
/** A 400 whose message quotes the address. */
export const naming = (address: string) =>
  respond(400, { status: "INVALID_ARGUMENT", message: `bad: ${address}` });
export const NO_CREDENTIAL: Answer = { kind: "no-credential", reason: "no such account" };
export const NOT_PROCESSED: Answer = { kind: "not-processed" };
export const NO_ANSWER: Answer = { kind: "no-answer", cause: "ECONNRESET" };
export const overQuota = (retryAfter?: string) =>
  respond(429, { status: "RESOURCE_EXHAUSTED", ...fcmError("QUOTA_EXCEEDED") }, retryAfter);
