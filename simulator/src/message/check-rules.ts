import type { Violation } from "../answers.ts";
import type { Message } from "../phone.ts";

/** Four weeks (https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages#androidconfig). */
const MAX_TTL_SECONDS = 2_419_200;
/** Apple's limit for `apns-collapse-id`. */
const MAX_COLLAPSE_ID_BYTES = 64;
const ANALYTICS_LABEL = /^[a-zA-Z0-9-_.~%]{1,50}$/;

/**
 * The rules that FCM adds to the request's types. Returns the first one broken, undefined if all are kept.
 * No field of a violation is `message.token` or `message.fid`: nothing here is an address's fault.
 */
export function findBrokenRule(message: Message): Violation | undefined {
  return (
    checkDataKeys(message.data, "message.data") ??
    checkDataKeys(message.android?.data, "message.android.data") ??
    checkTtl(message.android?.ttl) ??
    checkApnsHeaders(message.apns?.headers ?? {}) ??
    checkAps(message.apns?.payload?.aps) ??
    checkLabel(message.fcm_options?.analytics_label, "message.fcm_options.analytics_label") ??
    checkLabel(
      message.android?.fcm_options?.analytics_label,
      "message.android.fcm_options.analytics_label",
    ) ??
    checkLabel(message.apns?.fcm_options?.analytics_label, "message.apns.fcm_options.analytics_label") ??
    checkImage(message.notification?.image, "message.notification.image") ??
    checkImage(message.android?.notification?.image, "message.android.notification.image") ??
    checkImage(message.apns?.fcm_options?.image, "message.apns.fcm_options.image")
  );
}

function checkDataKeys(data: Record<string, string> | undefined, field: string): Violation | undefined {
  const key = Object.keys(data ?? {}).find(isReserved);
  return key === undefined ? undefined : { field, description: `Invalid data payload key: ${key}` };
}

function isReserved(key: string): boolean {
  return (
    key === "from" ||
    key === "message_type" ||
    key.startsWith("google.") ||
    key.startsWith("gcm.notification.")
  );
}

function checkTtl(ttl: string | undefined): Violation | undefined {
  if (ttl === undefined) return undefined;
  const seconds = Number(ttl.slice(0, -1));
  if (!ttl.startsWith("-") && seconds <= MAX_TTL_SECONDS) return undefined;
  const description = `Invalid TTL: ${ttl}. It must be from 0s to ${MAX_TTL_SECONDS}s`;
  return { field: "message.android.ttl", description };
}

function checkApnsHeaders(headers: Record<string, string>): Violation | undefined {
  const collapseId = headers["apns-collapse-id"];
  if (collapseId !== undefined && Buffer.byteLength(collapseId) > MAX_COLLAPSE_ID_BYTES) {
    return refuseHeader("apns-collapse-id", `is longer than ${MAX_COLLAPSE_ID_BYTES} bytes`);
  }
  const priority = headers["apns-priority"];
  if (priority !== undefined && !["1", "5", "10"].includes(priority)) {
    return refuseHeader("apns-priority", "must be 1, 5 or 10");
  }
  const expiration = headers["apns-expiration"];
  if (expiration !== undefined && !/^\d{1,12}$/.test(expiration)) {
    return refuseHeader("apns-expiration", "must be a UNIX time in seconds");
  }
  return undefined;
}

function refuseHeader(name: string, why: string): Violation {
  return { field: `message.apns.headers["${name}"]`, description: `Invalid APNs header: ${name} ${why}` };
}

function checkAps(aps: unknown): Violation | undefined {
  if (aps === undefined || (typeof aps === "object" && aps !== null && !Array.isArray(aps))) return undefined;
  return { field: "message.apns.payload.aps", description: "Invalid APNs payload: aps must be an object" };
}

function checkLabel(label: string | undefined, field: string): Violation | undefined {
  if (label === undefined || ANALYTICS_LABEL.test(label)) return undefined;
  return { field, description: `Invalid analytics label: it must match ${ANALYTICS_LABEL.source}` };
}

/** FCM does not fetch an image when it takes the message, so neither size nor existence is checked. */
function checkImage(image: string | undefined, field: string): Violation | undefined {
  if (image === undefined) return undefined;
  const scheme = URL.canParse(image) ? new URL(image).protocol : "";
  if (scheme === "http:" || scheme === "https:") return undefined;
  return { field, description: "Invalid image: it must be an http or https URL" };
}
