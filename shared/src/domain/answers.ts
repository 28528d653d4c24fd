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

export type Verdict =
  | { kind: "accepted" }
  | { kind: "rejected"; code: string }
  /** `unsure`: FCM may have taken it all the same. `pauseMs`: every sender is to wait that long. */
  | { kind: "retry"; unsure: boolean; afterMs?: number; pauseMs?: number }
  /** Our access token or its rights: nothing is wrong with the member. */
  | { kind: "credential"; reason: string }
  /** The request itself is at fault, so every further one would be too: no address may suffer for it. */
  | { kind: "fault"; reason: string };

const DEFAULT_PAUSE_MS = 60_000;
/** Not FCM's but a proxy's, which lost patience with one request: no reason to stop a broadcast. */
const REQUEST_TIMEOUT = 408;

export function classify(answer: Answer): Verdict {
  switch (answer.kind) {
    case "not-processed":
      return { kind: "retry", unsure: false };
    case "no-credential":
      return { kind: "credential", reason: answer.reason };
    case "no-answer":
      return { kind: "retry", unsure: true };
    case "response":
      return classifyResponse(answer.status, answer.body, retryAfterMs(answer.retryAfter, answer.date));
  }
}

function classifyResponse(status: number, body: string, afterMs: number | undefined): Verdict {
  if (status === 200) return { kind: "accepted" };
  if (status === 429) return { kind: "retry", unsure: false, pauseMs: afterMs ?? DEFAULT_PAUSE_MS };
  if (status >= 500 || status === REQUEST_TIMEOUT)
    return { kind: "retry", unsure: true, ...(afterMs !== undefined && { afterMs }) };
  const error = readError(body);
  const reason = `${status} ${error.status ?? ""} ${error.message ?? ""}`.replace(/\s+/g, " ").trim();
  if (error.apnsReason === "Unregistered" || error.code === "UNREGISTERED")
    return { kind: "rejected", code: "UNREGISTERED" };
  if (error.code === "THIRD_PARTY_AUTH_ERROR" || error.code === "SENDER_ID_MISMATCH")
    return { kind: "rejected", code: error.code };
  if (status === 400 && blamesAddress(error)) return { kind: "rejected", code: "INVALID_ARGUMENT" };
  if (status === 401 || status === 403) return { kind: "credential", reason };
  return { kind: "fault", reason };
}

/**
 * A 400 is the address's fault only where FCM says so. FcmError INVALID_ARGUMENT alone proves nothing: an oversize
 * payload carries it too, and deleting addresses for it would delete everybody's.
 */
function blamesAddress(error: FcmError): boolean {
  if (error.apnsReason === "BadDeviceToken") return true;
  if (error.violations.some((field) => field === "message.token" || field === "message.fid")) return true;
  return /registration token is not (a )?valid/i.test(error.message ?? "");
}

interface FcmError {
  status?: string;
  message?: string;
  code?: string;
  apnsReason?: string;
  violations: string[];
}

/** Reads what can be read: a body may be HTML, empty or cut off, and details come in any order. */
function readError(body: string): FcmError {
  const found: FcmError = { violations: [] };
  const error = field(parse(body), "error");
  assignText(found, "status", field(error, "status"));
  assignText(found, "message", field(error, "message"));
  const details = field(error, "details");
  for (const detail of Array.isArray(details) ? details : []) {
    const type = String(field(detail, "@type") ?? "");
    if (type.endsWith(".FcmError")) assignText(found, "code", field(detail, "errorCode"));
    if (type.endsWith(".ApnsError")) assignText(found, "apnsReason", field(detail, "reason"));
    if (type.endsWith(".BadRequest"))
      found.violations.push(...violationFields(field(detail, "fieldViolations")));
  }
  return found;
}

function violationFields(violations: unknown): string[] {
  return Array.isArray(violations) ? violations.map((violation) => String(field(violation, "field"))) : [];
}

function assignText(
  target: FcmError,
  key: "status" | "message" | "code" | "apnsReason",
  value: unknown,
): void {
  if (typeof value === "string") target[key] = value;
}

function field(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** As RFC 9110 writes dates. `Date.parse` alone makes dates of almost anything, such as `-5`. */
const HTTP_DATE = /^[A-Z][a-z]+, .+ GMT$/;

/**
 * Retry-After is a number of seconds or a date (RFC 9110); anything else counts as absent. So does a date in an answer
 * that does not say when it was made: by our clock, an hour ahead of theirs, every wait would be over.
 * @param date of the same answer
 */
export function retryAfterMs(header: string | undefined, date: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const waitMs = timeOf(header) - timeOf(date ?? "");
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs);
}

function timeOf(date: string): number {
  return HTTP_DATE.test(date.trim()) ? Date.parse(date) : Number.NaN;
}
