import { InvalidInput, type Problem } from "../errors.ts";
import type { Content } from "./broadcast.ts";
import { readReferences, tidyReference } from "./flutterflow-references.ts";
import { isUnset as isEmpty } from "./flutterflow-status.ts";
import { type IsoTime, readIsoTime } from "./iso-time.ts";
import { textProblems } from "./text.ts";

/** The collections in which FlutterFlow asks for notifications: its console's, and its apps' own. */
export const CONSOLE_COLLECTION = "ff_push_notifications";
export const APP_COLLECTION = "ff_user_push_notifications";

/** The most documents that a batch can have: FlutterFlow counts their parts with two digits in base 62. */
export const MAX_BATCH = 3_844;

/** What a document of FlutterFlow's asks for, in the form of a request. */
export interface DocumentRequest {
  content: {
    title: string;
    text: string;
    image?: string;
    sound?: string;
    initialPage?: string;
    parameterData?: string;
  };
  /** Null where it lists users and there is none: it reaches nobody, which is no fault. */
  audience: "all" | { platforms?: string[]; users?: string[] } | null;
  /** ISO time in UTC; absent for now. */
  at?: string | undefined;
  /** Which part of how many: the parts of one batch are one broadcast. */
  batch?: { index: number; size: number };
  /** The user document that asks. Only documents of apps have one, and those that servers write have none. */
  sender?: string;
}

/** The document's field for each of a content's; null for what documents do not say. */
const CONTENT_FIELDS = {
  title: "notification_title",
  text: "notification_text",
  image: "notification_image_url",
  sound: "notification_sound",
  initialPage: "initial_page_name",
  parameterData: "parameter_data",
  data: null,
  ttlSeconds: null,
  priority: null,
  collapseId: null,
  badge: null,
  channel: null,
} as const satisfies Record<keyof Content, string | null>;

/** The fields that are read. Faults in other fields do not matter. */
export const READ_FIELDS = [
  ...Object.values(CONTENT_FIELDS).filter((field) => field !== null),
  ...["target_audience", "user_refs", "scheduled_time", "sender", "batch_index", "num_batches"],
];

/** The fields that are written back. */
export const ANSWER_FIELDS = ["status", "num_sent", "error"];

/**
 * Reads a document as its writers mean it: FlutterFlow's console, its apps, and people by hand. Fields of others are
 * left aside. What a request would be refused for (FCM's limits, foreign users) is not looked at here.
 * @param fields as plain JSON: a time as ISO text, a reference as the document's path
 * @throws InvalidInput that names each field at fault
 */
export function readDocument(path: string, fields: Record<string, unknown>): DocumentRequest {
  const problems = textProblems(Object.fromEntries(READ_FIELDS.map((field) => [field, fields[field]])));
  const fault = (field: string, message: string) => void problems.push({ field, message });
  const fromApp = path.startsWith(`${APP_COLLECTION}/`);
  const content = readContent(fields, fault);
  const audience = readAudience(fields, fromApp, fault);
  const at = readTime(fields.scheduled_time, fault);
  const users = audience && audience !== "all" ? audience.users : undefined;
  const batch = fromApp || users ? undefined : readBatch(fields, fault);
  const sender = fromApp ? readSender(fields.sender, fault) : undefined;
  if (problems.length > 0) throw new InvalidInput(problems);
  return { content, audience, ...(at && { at }), ...(batch && { batch }), ...(sender && { sender }) };
}

type NoteFault = (field: string, message: string) => void;

function readContent(fields: Record<string, unknown>, fault: NoteFault): DocumentRequest["content"] {
  const text = (field: string): string | undefined => {
    const value = fields[field];
    if (isEmpty(value)) return undefined;
    if (typeof value === "string") return value;
    fault(field, "must be text");
    return undefined;
  };
  const needed = (field: string): string => {
    if (isEmpty(fields[field])) fault(field, "must not be empty");
    return text(field) ?? "";
  };
  const title = needed("notification_title");
  const body = needed("notification_text");
  const [image, sound] = [text("notification_image_url")?.trim(), text("notification_sound")];
  const page = text("initial_page_name");
  const data = readParameters(fields.parameter_data, fault);
  return {
    title,
    text: body,
    ...(image && { image }),
    ...(sound && { sound }),
    ...(page && { initialPage: page }),
    ...(data && { parameterData: data }),
  };
}

/** Handed on as the text it is. Of a map the app expects the text, without what is null, as its own client writes it. */
function readParameters(value: unknown, fault: NoteFault): string | undefined {
  if (isEmpty(value)) return undefined;
  if (typeof value === "string") return value;
  if (typeof value === "object" && !Array.isArray(value)) return JSON.stringify(withoutNulls(value));
  fault("parameter_data", "must be a JSON object, as text");
  return undefined;
}

function withoutNulls(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.filter((item) => item !== null).map(withoutNulls);
  const entries = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutNulls(item)]));
}

const TARGETS: Record<string, string[] | "all"> = {
  all: "all",
  android: ["android"],
  ios: ["ios"],
  web: ["web"],
};

function readAudience(
  fields: Record<string, unknown>,
  fromApp: boolean,
  fault: NoteFault,
): DocumentRequest["audience"] {
  const users = readReferences(fields.user_refs, (message) => fault("user_refs", message));
  // Next to users FlutterFlow ignores it, and writers have words of their own there.
  const target = readTarget(fields.target_audience, users ? () => {} : fault);
  if (fromApp && !users) {
    // An app that has nobody to notify writes an empty list; it must not reach everybody.
    if (target)
      fault("target_audience", "is not for apps: they notify the users that they list in user_refs");
    return null;
  }
  if (!users && !target && isEmpty(fields.target_audience))
    fault("target_audience", "is missing: it must be All, iOS or Android, unless user_refs lists users");
  if (!users) return target === undefined || target === "all" ? "all" : { platforms: target };
  return { users, ...(target && target !== "all" && { platforms: target }) };
}

function readTarget(value: unknown, fault: NoteFault): string[] | "all" | undefined {
  if (isEmpty(value)) return undefined;
  const target = typeof value === "string" ? TARGETS[value.trim().toLowerCase()] : undefined;
  if (!target) fault("target_audience", "must be All, iOS or Android");
  return target;
}

function readTime(value: unknown, fault: NoteFault): string | undefined {
  if (isEmpty(value)) return undefined;
  const read = timeOf(value);
  if (read.kind === "time") return new Date(read.ms).toISOString();
  fault("scheduled_time", read.message);
  return undefined;
}

/** Whether a document asks to be sent at a time that is still to come. @param now in milliseconds since 1970 */
export function isForLater({ scheduled_time: time }: Record<string, unknown>, now: number): boolean {
  if (isEmpty(time)) return false;
  const read = timeOf(time);
  return read.kind === "time" && read.ms > now;
}

const LATEST_MS = 8.64e15;

/** A number is milliseconds since 1970. Exports of Firestore write a timestamp as an object of seconds. */
function timeOf(value: unknown): IsoTime {
  if (typeof value === "string") return readIsoTime(value.trim());
  const { _seconds, seconds = _seconds } = value as { _seconds?: unknown; seconds?: unknown };
  const ms = typeof seconds === "number" ? seconds * 1000 : value;
  if (typeof ms === "number" && Math.abs(ms) <= LATEST_MS) return { kind: "time", ms };
  return { kind: "fault", message: "must be a timestamp" };
}

/** Which part of a batch it is; undefined for one that stands alone. */
function readBatch(fields: Record<string, unknown>, fault: NoteFault): DocumentRequest["batch"] {
  const [index, size] = [numberOf(fields.batch_index), numberOf(fields.num_batches)];
  if (size === undefined || size === 0 || size === 1) return undefined;
  if (!Number.isInteger(size) || size < 0 || size > MAX_BATCH) {
    fault("num_batches", `must be a whole number from 1 to ${MAX_BATCH}`);
    return undefined;
  }
  if (index === undefined || !Number.isInteger(index) || index < 0 || index >= size) {
    fault("batch_index", `must be a whole number from 0 to ${size - 1}, as num_batches is ${size}`);
    return undefined;
  }
  return { index, size };
}

/** Undefined for nothing; NaN for what is no number. */
function numberOf(value: unknown): number | undefined {
  if (isEmpty(value)) return undefined;
  return typeof value === "number" || typeof value === "string" ? Number(value) : Number.NaN;
}

function readSender(value: unknown, fault: NoteFault): string | undefined {
  if (isEmpty(value)) return undefined;
  const sender = typeof value === "string" ? tidyReference(value) : "";
  if (sender !== "") return sender;
  fault("sender", "must be the user document that asks");
  return undefined;
}

/** How a request's fields are called in a document. */
const NAMES: Record<string, string> = {
  ...Object.fromEntries(
    Object.entries(CONTENT_FIELDS).flatMap(([field, name]) => (name ? [[`content.${field}`, name]] : [])),
  ),
  content: "the notification",
  audience: "target_audience",
  "audience.platforms": "target_audience",
  "audience.users": "user_refs",
  at: "scheduled_time",
};

/** Why a document is not sent, in words for a person who knows the document's fields. */
export function describeProblems(problems: readonly Problem[]): string {
  return problems.map(({ field, message }) => `${NAMES[field] ?? field} ${message}`).join("; ");
}
