import { type Problem, TerminalError } from "../errors.ts";
import type { Content } from "./broadcast.ts";
import { buildMessage, MAX_TTL_SECONDS, payloadBytes } from "./message.ts";
import { parseJson } from "./parse-json.ts";
import { nameFault, textProblems } from "./text.ts";

/** FCM's limits, as far as they can be checked before anything is sent. Source: the HTTP v1 reference. */
export const MAX_PAYLOAD_BYTES = 4096;
export const MAX_COLLAPSE_ID_BYTES = 64;

/** Fields that become headers, or names that phones and networks look up. */
const NAMES = ["image", "sound", "collapseId", "channel"] as const;

/** Everything FCM would refuse about a content, and what phones could not use, each with the field at fault. */
export function contentProblems(content: Content): Problem[] {
  const problems = textProblems(content, "content");
  if (problems.length > 0) return problems;
  const check = (ok: boolean, field: string, message: string) => {
    if (!ok) problems.push({ field: `content.${field}`, message });
  };
  const { image, ttlSeconds, collapseId, badge, parameterData } = content;
  check(content.title.trim() !== "", "title", "must not be empty");
  check(content.text.trim() !== "", "text", "must not be empty");
  check(image === undefined || isHttpsUrl(image), "image", "must be a URL that starts with https://");
  check(content.sound !== "", "sound", "must not be empty; leave it out for a silent notification");
  check(content.channel !== "", "channel", "must not be empty");
  check(
    ttlSeconds === undefined || isWithin(ttlSeconds, MAX_TTL_SECONDS),
    "ttlSeconds",
    `must be a whole number of seconds from 0 to ${MAX_TTL_SECONDS} (28 days)`,
  );
  check(badge === undefined || isWithin(badge, 2 ** 31 - 1), "badge", "must be a whole number from 0 up");
  check(collapseId !== "", "collapseId", "must not be empty");
  check(
    Buffer.byteLength(collapseId ?? "") <= MAX_COLLAPSE_ID_BYTES,
    "collapseId",
    `must be at most ${MAX_COLLAPSE_ID_BYTES} bytes long`,
  );
  const parameterFault = parameterData ? jsonObjectFault(parameterData) : undefined;
  if (parameterFault !== undefined) check(false, "parameterData", parameterFault);
  for (const key of Object.keys(content.data ?? {})) check(...dataKeyRule(key));
  for (const field of NAMES) {
    const fault = nameFault(content[field] ?? "");
    if (fault !== undefined) check(false, field, fault);
  }
  if (problems.length === 0) problems.push(...sizeProblems(content));
  return problems;
}

function sizeProblems(content: Content): Problem[] {
  // The size counts what is added on the way; every broadcast id is 25 characters long.
  const bytes = payloadBytes(buildMessage({ id: `b${"0".repeat(24)}`, content }, 0));
  if (bytes <= MAX_PAYLOAD_BYTES) return [];
  const message = `is ${bytes} bytes as sent, and FCM takes at most ${MAX_PAYLOAD_BYTES} (keys and values, UTF-8)`;
  return [{ field: "content", message }];
}

function dataKeyRule(key: string): [ok: boolean, field: string, message: string] {
  const field = `data.${key}`;
  if (key === "") return [false, field, "a key must not be empty"];
  const fault = nameFault(key);
  if (fault !== undefined) return [false, field, `is a key that ${fault}`];
  if (key === "initialPageName") return [false, field, "is set by the field initialPage"];
  if (key === "parameterData") return [false, field, "is set by the field parameterData"];
  const reserved =
    key === "from" ||
    key === "message_type" ||
    key.startsWith("google.") ||
    key.startsWith("gcm.notification.");
  return [
    !reserved,
    field,
    "is a key that FCM keeps for itself (from, message_type, google.*, gcm.notification.*)",
  ];
}

function isWithin(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max;
}

function isHttpsUrl(text: string): boolean {
  return text.startsWith("https://") && URL.canParse(text);
}

/** What keeps a text from being a JSON object that can be read. */
function jsonObjectFault(text: string): string | undefined {
  try {
    const value = parseJson(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return undefined;
  } catch (error) {
    if (error instanceof TerminalError && error.code === "JSON_TOO_LARGE") return error.message;
  }
  return "must be a JSON object, as text";
}
