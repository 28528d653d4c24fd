import type { Names } from "@fanfare/local/installation/open";
import { registrationId } from "@fanfare/shared/domain/ids";
import { readIsoTime } from "@fanfare/shared/domain/iso-time";
import { ownerOf } from "@fanfare/shared/domain/registration";
import { textFault } from "@fanfare/shared/domain/text";
import { isDocumentId, normalizeUserRefs } from "@fanfare/shared/domain/user-refs";
import { InvalidInput } from "@fanfare/shared/errors";
import type { RegistrationDocument } from "@fanfare/shared/registrations";

/** A registration as a line of a file tells it, or what is wrong with the line. */
export type CheckedRow =
  | { kind: "registration"; document: RegistrationDocument }
  | { kind: "refused"; reason: string };

type Row = Record<string, unknown>;

/** No address of FCM's and no id of Firestore's comes near this; longer ones would not fit an index entry. */
const MAX_BYTES = 1_024;

/** Firestore knows no later times: the end of the year 9999. */
const LATEST = Date.UTC(10_000, 0, 1) - 1;

const CONTROL = /\p{Cc}/u;

/**
 * Reads one row: `fcm_token`, `device_type` and whose it is (`user`: an id or a path; or the document's whole `path`),
 * optionally `kind` (token or fid), `created_at` (ISO time or milliseconds) and `id` (of the document; derived from
 * the address where absent, so that the same row again is the same document). Other columns are ignored, and so are
 * spaces around a value. Any text is a device type, as for FlutterFlow's own function.
 */
export function checkRow(row: Row, names: Names): CheckedRow {
  try {
    const address = required(row, "fcm_token");
    const deviceType = required(row, "device_type");
    const kind = optional(row, "kind") ?? "token";
    if (kind !== "token" && kind !== "fid") throw refusal("kind", "must be token or fid");
    const path = pathOf(row, names, address);
    const document = { path, address, kind, deviceType, createdAt: timeOf(row.created_at) } as const;
    return { kind: "registration", document };
  } catch (error) {
    if (error instanceof InvalidInput) return { kind: "refused", reason: error.message };
    throw error;
  }
}

function refusal(field: string, message: string): InvalidInput {
  return new InvalidInput([{ field, message }]);
}

function required(row: Row, field: string): string {
  const text = optional(row, field);
  if (text === undefined) throw refusal(field, "is missing");
  return text;
}

function optional(row: Row, field: string): string | undefined {
  const value = row[field] ?? "";
  if (typeof value !== "string") throw refusal(field, "must be text");
  const text = value.trim();
  if (Buffer.byteLength(text) > MAX_BYTES) throw refusal(field, `is longer than ${MAX_BYTES} bytes`);
  const fault = textFault(text);
  if (fault !== undefined) throw refusal(field, fault);
  if (text.includes("\ufffd")) throw refusal(field, "is not valid Unicode: save the file as UTF-8");
  if (CONTROL.test(text)) throw refusal(field, "holds a control character, such as a line break");
  return text === "" ? undefined : text;
}

function pathOf(row: Row, { usersCollection, tokensCollection }: Names, address: string): string {
  const path = optional(row, "path")?.replace(/^\//, "");
  const id = optional(row, "id");
  if (path === undefined) {
    const user = required(row, "user");
    if (id && !isDocumentId(id)) throw refusal("id", "must be a document's id, without a slash");
    const owner = ownerAt(user, usersCollection);
    if (!owner) throw refusal("user", `${JSON.stringify(user)} is not a document of ${usersCollection}`);
    return `${owner}/${tokensCollection}/${id ?? registrationId(address)}`;
  }
  const [collection, documentId = "", ...more] = path.split("/").slice(2);
  // Not as people type users: white space in a path would be another user's.
  const isOwned = ownerAt(ownerOf(path), usersCollection) === ownerOf(path);
  if (!isOwned || collection !== tokensCollection || !isDocumentId(documentId) || more.length > 0)
    throw refusal("path", `must be ${usersCollection}/{user}/${tokensCollection}/{id}`);
  return path;
}

function ownerAt(ref: string, usersCollection: string): string | undefined {
  return normalizeUserRefs([ref], usersCollection).paths[0];
}

/** Milliseconds since 1970; undefined where no time is given. Text is an ISO time with its zone, or milliseconds. */
function timeOf(value: unknown): number | undefined {
  const given = typeof value === "string" ? value.trim() : (value ?? "");
  if (given === "") return undefined;
  const read = typeof given === "string" && !/^\d+$/.test(given) ? readIsoTime(given) : null;
  if (read?.kind === "fault") throw refusal("created_at", read.message);
  const time = read ? read.ms : Number(given);
  const isTime = typeof given !== "object" && Number.isSafeInteger(time) && time >= 0 && time <= LATEST;
  if (isTime) return time;
  throw refusal("created_at", "must be an ISO time or milliseconds since 1970");
}
