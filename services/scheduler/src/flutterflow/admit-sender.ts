import type { DocumentId } from "@fanfare/shared/domain/broadcast";
import { APP_COLLECTION, type DocumentRequest } from "@fanfare/shared/domain/flutterflow";
import { normalizeUserRefs } from "@fanfare/shared/domain/user-refs";
import { WITHOUT_SENDER } from "@fanfare/shared/intake";
import type { FlutterFlowDeps } from "./deps.ts";

const HOUR_MS = 3_600_000;

/**
 * Whether an app may ask for this: any signed-in user can write such documents, so they reach few, and each user may
 * write only a number of them. The rules of the database see to it that `sender` is the caller's own document. Servers, which
 * no rule binds, leave it out, and share one allowance.
 * @returns why it is refused; null where it is admitted, or comes from the console
 */
export async function admitSender(
  { intake, limits, mode, usersCollection }: FlutterFlowDeps,
  document: DocumentId,
  { sender, audience }: DocumentRequest,
): Promise<string | null> {
  if (!document.path.startsWith(`${APP_COLLECTION}/`)) return null;
  const { maxUsers, perHour, serversPerHour, senders } = limits;
  const listed = typeof audience === "object" ? (audience?.users ?? []) : [];
  const users = normalizeUserRefs(listed, usersCollection).paths.length;
  if (users > maxUsers) return `user_refs lists ${users} users, and an app may notify ${maxUsers} at a time`;
  const [path] = normalizeUserRefs(sender === undefined ? [] : [sender], usersCollection).paths;
  if (sender !== undefined && path === undefined)
    return `sender ${JSON.stringify(sender)} is not a document of ${usersCollection}`;
  const most = path === undefined ? serversPerHour : (senders.get(path) ?? perHour);
  const name = path ?? WITHOUT_SENDER;
  const counted = mode === "shadow" ? `shadow of ${name}` : name;
  const admitted = await intake.admit(counted, document, { most, withinMs: HOUR_MS });
  if (admitted === "admitted") return null;
  return path === undefined
    ? `documents without a sender have asked for ${most} notifications within an hour, the most that they may together`
    : `sender ${path} has asked for ${most} notifications within an hour, the most that a user may`;
}
