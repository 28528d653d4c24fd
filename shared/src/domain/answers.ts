import { type FcmError, readFcmError, wordsOf } from "./fcm-error.ts";
import { CONTENT_REFUSED, CREDENTIAL_REFUSED } from "./outcome.ts";
import { retryAfterMs } from "./retry-after.ts";

/**
 * The table that says what an answer of FCM's means. Source: FCM's error codes and the HTTP v1 reference.
 * Pure: what to do about it is the sender's.
 */

/** What came back for one message. */
export type Answer =
  | {
      kind: "response";
      status: number;
      body: string;
      retryAfter?: string | undefined;
      /** When the answer was made, by its server's clock: what a date in `retryAfter` is measured against. */
      date?: string | undefined;
    }
  /** FCM never processed it: refused, or above the last stream id of a GOAWAY, or there was no connection. */
  | { kind: "not-processed" }
  /** There is no access token to be had, and asking again would not help; nothing was sent. */
  | { kind: "no-credential"; reason: string }
  /** Time-out, reset, lost connection: FCM may or may not have taken it. */
  | { kind: "no-answer"; cause: string };

/**
 * What a suspicion is against: something that all messages of a kind have in common. `key`: the platform's own key
 * (APNs, web push). `project`: the one that the addresses belong to. `device`: this address first of all, though where
 * most of a platform say the same, something is wrong with all.
 */
export type Suspect = "content" | "credential" | "key" | "project" | "device";

export interface Suspicion {
  kind: "suspicion";
  against: Suspect;
  /** What FCM said: one line without addresses. */
  says: string;
}

export type Verdict =
  | { kind: "accepted" }
  | { kind: "rejected"; code: string }
  /** It speaks against all messages, or against this member alone: the answers to others decide. */
  | Suspicion
  /**
   * `unsure`: FCM may have taken it all the same. `limit`: too many messages were sent, by the
   * project or for another reason. `page`: what answered is not FCM.
   */
  | { kind: "retry"; unsure: boolean; afterMs?: number; limit?: "project" | "unknown"; page?: true }
  /** No access token can be had: the member is not at fault. */
  | { kind: "credential"; reason: string };

/** The code of a member that was rejected on a suspicion. */
export const REFUSED_AS: Record<Suspect, string> = {
  content: CONTENT_REFUSED,
  device: CONTENT_REFUSED,
  credential: CREDENTIAL_REFUSED,
  key: "THIRD_PARTY_AUTH_ERROR",
  project: "SENDER_ID_MISMATCH",
};

/** `dead` and `gone` are the address's end: it never was one of APNs', or is none any more. */
type ApnsMeaning = "dead" | "gone" | Exclude<Suspect, "credential" | "project"> | "passing";

/**
 * APNs' documented reasons, which FCM passes on, by whose fault each is. Source: developer.apple.com/documentation/
 * usernotifications/handling-notification-responses-from-apns. FCM makes the request: its path, topic and key come from
 * how the project is set up, all else from the message.
 */
export const APNS_REASONS: Readonly<Record<string, ApnsMeaning>> = {
  BadDeviceToken: "dead",
  ExpiredToken: "gone",
  Unregistered: "gone",

  DeviceTokenNotForTopic: "device",
  MissingDeviceToken: "device",

  BadCollapseId: "content",
  BadExpirationDate: "content",
  BadMessageId: "content",
  BadPath: "content",
  BadPriority: "content",
  DuplicateHeaders: "content",
  InvalidPushType: "content",
  MethodNotAllowed: "content",
  PayloadEmpty: "content",
  PayloadTooLarge: "content",

  BadCertificate: "key",
  BadCertificateEnvironment: "key",
  BadEnvironmentKeyIdInToken: "key",
  /** As APNs has been seen to write the one above (APNSwift, pull request 229). */
  BadEnvironmentKeyInToken: "key",
  BadTopic: "key",
  ExpiredProviderToken: "key",
  Forbidden: "key",
  InvalidProviderToken: "key",
  MissingProviderToken: "key",
  MissingTopic: "key",
  TopicDisallowed: "key",
  UnrelatedKeyIdInToken: "key",

  IdleTimeout: "passing",
  InternalServerError: "passing",
  ServiceUnavailable: "passing",
  Shutdown: "passing",
  TooManyProviderTokenUpdates: "passing",
  TooManyRequests: "passing",
};

const DEFAULT_WAIT_MS = 60_000;
const TOO_MANY = 429;
/** Not FCM's but a proxy's, which lost patience with one request: nothing is wrong with where it was sent. */
const REQUEST_TIMEOUT = 408;

/** @param address the message's own, to be left out of what is kept of the answer */
export function classify(answer: Answer, address = ""): Verdict {
  switch (answer.kind) {
    case "not-processed":
      return { kind: "retry", unsure: false };
    case "no-credential":
      return { kind: "credential", reason: answer.reason };
    case "no-answer":
      return { kind: "retry", unsure: true };
    case "response": {
      const { status, body, retryAfter, date } = answer;
      if (status === 200) return { kind: "accepted" };
      const error = readFcmError(body);
      const afterMs = retryAfterMs(retryAfter, date);
      return judgePassing(status, error, afterMs) ?? judgeError(status, error as FcmError, address);
    }
  }
}

/** What may pass: a limit, an outage, or the answer of something that is not FCM, whatever its status. */
function judgePassing(status: number, error: FcmError | null, afterMs: number | undefined): Verdict | null {
  const after = afterMs === undefined ? {} : { afterMs };
  const unsure = error === null || status !== TOO_MANY;
  if (status === TOO_MANY) {
    const limit = isProjects(error) ? "project" : "unknown";
    return { kind: "retry", unsure, afterMs: afterMs ?? DEFAULT_WAIT_MS, limit };
  }
  if (status >= 500 || status === REQUEST_TIMEOUT) return { kind: "retry", unsure, ...after };
  if (error === null) return { kind: "retry", unsure, ...after, page: true };
  if (APNS_REASONS[error.apnsReason ?? ""] === "passing") return { kind: "retry", unsure, ...after };
  return null;
}

/**
 * Whether a 429 says that the project's quota is spent. FCM answers a 429 for one device that gets too many as well,
 * and promises a QuotaFailure for either; only this reason is the project's (firebase-admin-go, issues 719 and 736).
 */
function isProjects(error: FcmError | null): boolean {
  const { reason, consumer = "projects/" } = error ?? {};
  return reason === "RATE_LIMIT_EXCEEDED" && consumer.startsWith("projects/");
}

function judgeError(status: number, error: FcmError, address: string): Verdict {
  const apns = APNS_REASONS[error.apnsReason ?? ""];
  if (apns === "gone" || error.code === "UNREGISTERED") return { kind: "rejected", code: "UNREGISTERED" };
  const against = suspectOf(status, error, apns);
  if (against === null) return { kind: "rejected", code: "INVALID_ARGUMENT" };
  return { kind: "suspicion", against, says: wordsOf(status, error, address) };
}

/** Whom an error speaks against; null where FCM blames the address itself. */
function suspectOf(status: number, error: FcmError, apns: ApnsMeaning | undefined): Suspect | null {
  if (error.code === "THIRD_PARTY_AUTH_ERROR" || apns === "key") return "key";
  if (error.code === "SENDER_ID_MISMATCH") return "project";
  if (apns === "device" || apns === "content") return apns;
  if (apns === "dead" || (status === 400 && blamesAddress(error))) return null;
  return status === 401 || status === 403 ? "credential" : "content";
}

/**
 * A 400 is the address's fault only where FCM says so. FcmError INVALID_ARGUMENT alone proves nothing: an oversize
 * payload carries it too, and deleting addresses for it would delete everybody's.
 */
function blamesAddress({ violations, message = "" }: FcmError): boolean {
  if (violations.some((field) => field === "message.token" || field === "message.fid")) return true;
  return /registration token is not (a )?valid/i.test(message);
}
