import { parseJson } from "./parse-json.ts";

/** What the body of an error of FCM's says (google.rpc.Status as JSON, FCM's REST reference). */
export interface FcmError {
  status?: string;
  message?: string;
  /** FcmError's. */
  code?: string;
  /** APNs' own, which FCM passes on. */
  apnsReason?: string;
  /** ErrorInfo's reason, and whom it is about (`projects/123`) where it says so. */
  reason?: string;
  consumer?: string;
  /** The fields that BadRequest blames. */
  violations: string[];
}

/**
 * Reads an error's body, whose details come in any order. Null where it is not FCM's JSON: HTML, empty, cut off, or
 * the JSON of something else.
 */
export function readFcmError(body: string): FcmError | null {
  const error = field(parse(body), "error");
  if (typeof error !== "object" || error === null || Array.isArray(error)) return null;
  const found: FcmError = { violations: [] };
  assignText(found, "status", field(error, "status"));
  assignText(found, "message", field(error, "message"));
  const details = field(error, "details");
  for (const detail of Array.isArray(details) ? details : []) readDetail(found, detail);
  return found;
}

function readDetail(found: FcmError, detail: unknown): void {
  const type = String(field(detail, "@type") ?? "");
  if (type.endsWith(".FcmError")) assignText(found, "code", field(detail, "errorCode"));
  if (type.endsWith(".ApnsError")) assignText(found, "apnsReason", field(detail, "reason"));
  if (type.endsWith(".ErrorInfo")) {
    assignText(found, "reason", field(detail, "reason"));
    assignText(found, "consumer", field(field(detail, "metadata"), "consumer"));
  }
  if (type.endsWith(".BadRequest"))
    found.violations.push(...violationFields(field(detail, "fieldViolations")));
}

function violationFields(violations: unknown): string[] {
  return Array.isArray(violations) ? violations.map((violation) => String(field(violation, "field"))) : [];
}

function assignText(target: FcmError, key: Exclude<keyof FcmError, "violations">, value: unknown): void {
  if (typeof value === "string") target[key] = value;
}

function field(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function parse(body: string): unknown {
  try {
    return parseJson(body);
  } catch {
    return undefined;
  }
}

const MOST_CHARACTERS = 200;
/** Long runs of what tokens are made of: a registration token, or a device token of APNs. */
const TOKEN_LIKE = /[\w:~-]{40,}/g;

/**
 * What an answer says, on one line of at most 200 characters and without addresses, so that it may be stored and shown.
 * @param address the message's own
 */
export function wordsOf(
  status: number,
  { status: name, message, apnsReason }: FcmError,
  address: string,
): string {
  const apns = apnsReason === undefined ? undefined : `(APNs: ${apnsReason})`;
  const whole = [status, name, apns, message].filter((part) => part !== undefined).join(" ");
  const nameless = address === "" ? whole : whole.replaceAll(address, "…");
  const line = nameless
    .replace(TOKEN_LIKE, "…")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
  return line.slice(0, MOST_CHARACTERS).toWellFormed();
}
