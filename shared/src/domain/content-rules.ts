import { type Problem, TerminalError } from "../errors.ts";
import type { Content } from "./broadcast.ts";
import { buildMessage, MAX_TTL_SECONDS, payloadBytes } from "./message.ts";
import { parseJson } from "./parse-json.ts";
import { nameFault, textProblems } from "./text.ts";
import { fitsUtf8 } from "./utf8.ts";

/** FCM's limits, as far as they can be checked before anything is sent. Source: the HTTP v1 reference. */
export const MAX_PAYLOAD_BYTES = 4096;
export const MAX_COLLAPSE_ID_BYTES = 64;

/** Fields that become headers, or names that phones and networks look up. */
const NAMES = ["image", "sound", "collapseId", "channel"] as const;

export interface ContentRules {
  /**
   * Fields in which everything is let through that FCM takes. The other rules help a person who composes a message; what
   * was sent before, by FlutterFlow's functions or by us, is sent as it is.
   */
  asIs: readonly (keyof Content)[];
}

/** Of a caller who can mend what is refused. */
export const STRICT: ContentRules = { asIs: [] };
/** Of a document of FlutterFlow's: what its own functions send is sent. */
export const AS_FLUTTERFLOW: ContentRules = { asIs: ["title", "text", "image", "sound", "parameterData"] };

/**
 * Everything FCM would refuse about a content, and what phones could not use, each with the field at fault. Image and
 * sound are judged as they will be sent.
 */
export function contentProblems(content: Content, { asIs } = STRICT): Problem[] {
  const problems = textProblems(content, "content");
  if (problems.length > 0) return problems;
  const check = (ok: boolean, field: string, message: string) => {
    if (!ok) problems.push({ field: `content.${field}`, message });
  };
  const { ttlSeconds, collapseId, badge, parameterData } = content;
  for (const rule of shownRules(content, asIs)) check(...rule);
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
    fitsUtf8(collapseId ?? "", MAX_COLLAPSE_ID_BYTES),
    "collapseId",
    `must be at most ${MAX_COLLAPSE_ID_BYTES} bytes long`,
  );
  const isAnyText = !parameterData || asIs.includes("parameterData");
  const parameterFault = isAnyText ? undefined : jsonObjectFault(parameterData);
  if (parameterFault !== undefined) check(false, "parameterData", parameterFault);
  for (const key of Object.keys(content.data ?? {})) check(...dataKeyRule(key));
  for (const field of NAMES) {
    const text = content[field] ?? "";
    const fault = nameFault(asIs.includes(field) ? text.trim() : text);
    if (fault !== undefined) check(false, field, fault);
  }
  if (problems.length === 0) problems.push(...sizeProblems(content));
  return problems;
}

type Rule = [ok: boolean, field: string, message: string];

function shownRules(content: Content, asIs: ContentRules["asIs"]): Rule[] {
  const isFilled = (field: "title" | "text") =>
    (asIs.includes(field) ? content[field] : content[field].trim()) !== "";
  const schemes = asIs.includes("image") ? ["https:", "http:"] : ["https:"];
  const { image } = content;
  return [
    [isFilled("title"), "title", "must not be empty"],
    [isFilled("text"), "text", "must not be empty"],
    [image === undefined || isUrl(image, schemes), "image", mustStartWith(schemes)],
  ];
}

function sizeProblems(content: Content): Problem[] {
  // The size counts what is added on the way; every broadcast id is 25 characters long.
  const bytes = payloadBytes(buildMessage({ id: `b${"0".repeat(24)}`, content }, 0));
  if (bytes <= MAX_PAYLOAD_BYTES) return [];
  const message = `is ${bytes} bytes as sent, and FCM takes at most ${MAX_PAYLOAD_BYTES} (keys and values, UTF-8)`;
  return [{ field: "content", message }];
}

function dataKeyRule(key: string): Rule {
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

function isUrl(text: string, schemes: readonly string[]): boolean {
  const address = text.trim();
  const [scheme = ""] = /^[a-z]+:(?=\/\/)/i.exec(address) ?? [];
  return schemes.includes(scheme.toLowerCase()) && URL.canParse(address);
}

function mustStartWith(schemes: readonly string[]): string {
  return `must be a URL that starts with ${schemes.map((scheme) => `${scheme}//`).join(" or ")}`;
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
