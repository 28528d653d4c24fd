import type { DocumentId } from "@fanfare/shared/domain/broadcast";
import type { Asked } from "@fanfare/shared/domain/flutterflow";
import { normalizeUserRefs } from "@fanfare/shared/domain/user-refs";
import type { FlutterFlowDeps } from "./deps.ts";

const HOUR_MS = 3_600_000;

/**
 * Whether an app may ask for this: any signed-in user can write such documents, so they reach few, and each user may
 * write only so many. The rules of the database see to it that `sender` is the caller's own document.
 * @returns why it is refused; null where it is admitted, or comes from the console
 */
export async function admitSender(
  { intake, limits, mode, usersCollection }: FlutterFlowDeps,
  document: DocumentId,
  { sender, audience }: Asked,
): Promise<string | null> {
  if (sender === undefined) return null;
  const [path] = normalizeUserRefs([sender], usersCollection).paths;
  if (path === undefined) return `sender ${JSON.stringify(sender)} is no document of ${usersCollection}`;
  const users = typeof audience === "object" ? (audience?.users?.length ?? 0) : 0;
  const { maxUsers, perHour } = limits;
  if (users > maxUsers) return `user_refs lists ${users} users, and an app may notify ${maxUsers} at a time`;
  const allowance = { most: perHour, withinMs: HOUR_MS };
  const counted = mode === "shadow" ? `shadow of ${path}` : path;
  if ((await intake.admit(counted, document, allowance)) === "admitted") return null;
  return `sender ${path} has asked for ${perHour} notifications within an hour, the most that a user may`;
}
