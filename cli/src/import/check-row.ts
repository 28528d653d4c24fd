import { createHash } from "node:crypto";
import { normalizeUserRefs } from "@fanfare/shared/domain/user-refs";
import type { RegistrationDocument } from "@fanfare/shared/registrations";

/** A registration as a line of a file tells it, or what is wrong with the line. */
export type Checked =
  | { kind: "registration"; document: RegistrationDocument }
  | { kind: "refused"; reason: string };

/** No address of FCM's comes near this; longer ones would not fit an index entry. */
const MAX_ADDRESS_BYTES = 1_024;

/**
 * Reads one row: `fcm_token`, `device_type` and whose it is (`user`: an id or a path; or the document's whole `path`),
 * optionally `kind` (token or fid), `created_at` (ISO time or milliseconds) and `id` (of the document; derived from
 * the address where absent, so that the same row again is the same document). Other columns are ignored.
 */
export function checkRow(row: Record<string, unknown>, usersCollection: string): Checked {
  const refuse = (reason: string): Checked => ({ kind: "refused", reason });
  const { fcm_token: address, device_type: deviceType, kind = "", created_at: createdAt = "" } = row;
  if (typeof address !== "string" || address === "") return refuse("fcm_token: is missing");
  if (Buffer.byteLength(address) > MAX_ADDRESS_BYTES)
    return refuse(`fcm_token: is longer than ${MAX_ADDRESS_BYTES} bytes`);
  if (typeof deviceType !== "string" || deviceType === "") return refuse("device_type: is missing");
  if (kind !== "" && kind !== "token" && kind !== "fid") return refuse("kind: must be token or fid");
  const created = timeOf(createdAt);
  if (created === null) return refuse("created_at: must be an ISO time or milliseconds since 1970");
  const path = pathOf(row, usersCollection, address);
  if ("reason" in path) return refuse(path.reason);
  const document = {
    path: path.path,
    address,
    kind: kind === "fid" ? "fid" : "token",
    deviceType,
    createdAt: created,
  } as const;
  return { kind: "registration", document };
}

function pathOf(
  { path, user, id }: Record<string, unknown>,
  usersCollection: string,
  address: string,
): { path: string } | { reason: string } {
  if (typeof path === "string" && path !== "") {
    const segments = path.replace(/^\//, "").split("/");
    const ok = segments.length === 4 && segments.every(Boolean) && segments[0] === usersCollection;
    return ok
      ? { path: segments.join("/") }
      : { reason: `path: must be ${usersCollection}/{user}/fcm_tokens/{id}` };
  }
  if (typeof user !== "string" || user.trim() === "") return { reason: "user: is missing" };
  const owner = normalizeUserRefs([user], usersCollection).paths[0];
  if (owner === undefined)
    return { reason: `user: ${JSON.stringify(user)} is no document of ${usersCollection}` };
  if (typeof id === "string" && id.includes("/")) return { reason: "id: must not hold a slash" };
  const document =
    typeof id === "string" && id !== ""
      ? id
      : createHash("sha256").update(address).digest("hex").slice(0, 20);
  return { path: `${owner}/fcm_tokens/${document}` };
}

/** Milliseconds since 1970; undefined where no time is given, null where it cannot be read. */
function timeOf(value: unknown): number | undefined | null {
  if (value === "" || value === null || value === undefined) return undefined;
  const time =
    typeof value === "number" || /^\d+$/.test(String(value)) ? Number(value) : Date.parse(String(value));
  return Number.isSafeInteger(time) && time >= 0 ? time : null;
}
