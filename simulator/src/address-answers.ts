import {
  type Again,
  answerError,
  answerExhausted,
  EXHAUSTED,
  fcmError,
  INVALID_CREDENTIALS,
  type Reply,
} from "./answers.ts";
import type { Nature } from "./behaviour/natures.ts";

/** Answers for one address, whatever is sent to it. */

const QUOTA_FAILURE = "type.googleapis.com/google.rpc.QuotaFailure";
const APNS_ERROR = "type.googleapis.com/google.firebase.fcm.v1.ApnsError";

/** What APNs said to FCM. */
function apnsError(statusCode: number, reason: string) {
  return { "@type": APNS_ERROR, statusCode, reason };
}

export const DEAD = answerError(404, "NOT_FOUND", "Requested entity was not found.", [
  fcmError("UNREGISTERED"),
]);
const FOREIGN = answerError(403, "PERMISSION_DENIED", "SenderId mismatch", [fcmError("SENDER_ID_MISMATCH")]);
const MALFORMED = answerError(
  400,
  "INVALID_ARGUMENT",
  "The registration token is not a valid FCM registration token",
  [fcmError("INVALID_ARGUMENT")],
);

const INVALID = "Request contains an invalid argument.";
const NOT_FOR_TOPIC = answerError(400, "INVALID_ARGUMENT", INVALID, [
  fcmError("INVALID_ARGUMENT"),
  apnsError(400, "DeviceTokenNotForTopic"),
]);
const BARE_INVALID = answerError(400, "INVALID_ARGUMENT", INVALID);
const BARE_UNAUTHENTICATED = answerError(401, "UNAUTHENTICATED", INVALID_CREDENTIALS);
const BARE_NOT_FOUND = answerError(404, "NOT_FOUND", "Requested entity was not found.");
/** The key with which FCM speaks to APNs for this device does not hold. */
export const KEY_FAULT = answerError(401, "UNAUTHENTICATED", "Auth error from APNS or Web Push Service", [
  fcmError("THIRD_PARTY_AUTH_ERROR"),
  apnsError(403, "InvalidProviderToken"),
]);

/** The one answer that an address of this nature ever gets. */
export function answerNature(nature: Exclude<Nature, "fine" | "limited">): Reply {
  switch (nature) {
    case "dead":
      return DEAD;
    case "foreign":
      return FOREIGN;
    case "malformed":
      return MALFORMED;
    case "notForTopic":
      return NOT_FOR_TOPIC;
    case "bareInvalid":
      return BARE_INVALID;
    case "bareUnauthenticated":
      return BARE_UNAUTHENTICATED;
    case "bareNotFound":
      return BARE_NOT_FOUND;
    case "withoutKey":
      return KEY_FAULT;
  }
}

/** This device has had too many messages. Only that a QuotaFailure says so is published, and not its wording. */
export function answerLimited(again: Again): Reply {
  const description = "The rate of messages to this device is too high.";
  const violations = [{ subject: "device", description }];
  const details = [fcmError("QUOTA_EXCEEDED"), { "@type": QUOTA_FAILURE, violations }];
  return answerExhausted(EXHAUSTED, details, again);
}
