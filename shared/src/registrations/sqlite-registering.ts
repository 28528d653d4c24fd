import { registrationId, replacedId } from "../domain/ids.ts";
import type { Database } from "../runtime/sqlite.ts";
import { REPLACED_DAYS, type Registering, type Registrations } from "./index.ts";

const REPLACED_MS = REPLACED_DAYS * 86_400_000;

/** Where the document of a new address goes, below its owner. FlutterFlow's own documents have random ids. */
const COLLECTION = "fcm_tokens";

/** Registers devices and lets them go, each call in one transaction. */
export function createRegistering(
  { sql, write }: Database,
  now: () => number,
  stamp: () => number,
): Pick<Registrations, "register" | "unregister" | "removeUser"> {
  function register(asked: Registering): "added" | "refreshed" {
    sql("DELETE FROM replaced WHERE expires_at <= ?").run(now());
    const replacedBy = asked.kind === "token" ? replacementOf(asked.address) : undefined;
    if (replacedBy === undefined) return registerAddress(asked);
    const address = addressAt(`${asked.owner}/${idOf(replacedBy)}`) ?? addressAt(replacedBy);
    if (address !== undefined)
      return registerAddress({ ...asked, kind: "fid", address, replaces: asked.address });
    sql("DELETE FROM registrations WHERE address = ?").run(asked.address);
    return "refreshed";
  }

  function registerAddress({ owner, address, kind, deviceType, replaces }: Registering) {
    const own = sql(
      "SELECT path FROM registrations WHERE address = ? AND owner = ? ORDER BY created_at, path",
    );
    const had = own.get(address, owner)?.path;
    const path = had === undefined ? `${owner}/${COLLECTION}/${registrationId(address)}` : String(had);
    const known = sql("SELECT min(created_at) AS at FROM registrations WHERE address = ?").get(address)?.at;
    sql("DELETE FROM registrations WHERE address IN (?, ?) OR path = ?").run(
      address,
      replaces ?? address,
      path,
    );
    const time = stamp();
    sql(`
      INSERT INTO registrations (path, owner, address, kind, device_type, created_at, updated_at)
      VALUES (?, ?, ?, ?, ?, ?, ?)`).run(path, owner, address, kind, deviceType, known ?? time, time);
    if (replaces !== undefined) noteReplaced(replaces, path, owner);
    return had === undefined ? "added" : "refreshed";
  }

  function noteReplaced(token: string, path: string, owner: string): void {
    sql(
      "INSERT OR REPLACE INTO replaced (id, path, owner, written_at, expires_at) VALUES (?, ?, ?, ?, ?)",
    ).run(replacedId(token), path, owner, now(), now() + REPLACED_MS);
  }

  function replacementOf(token: string): string | undefined {
    const path = sql("SELECT path FROM replaced WHERE id = ? AND expires_at > ?").get(
      replacedId(token),
      now(),
    )?.path;
    return path === undefined ? undefined : String(path);
  }

  function addressAt(path: string): string | undefined {
    const row = sql("SELECT address FROM registrations WHERE path = ? AND kind = 'fid'").get(path);
    return row ? String(row.address) : undefined;
  }

  function unregister(owner: string, address: string): "removed" | "absent" {
    const replacement = replacementOf(address) ?? "";
    const { changes } = sql(
      "DELETE FROM registrations WHERE owner = ? AND (address = ? OR (path IN (?, ?) AND kind = 'fid'))",
    ).run(owner, address, replacement, `${owner}/${idOf(replacement)}`);
    return changes === 0 ? "absent" : "removed";
  }

  function removeUser(owner: string, until: number): void {
    sql("DELETE FROM registrations WHERE owner = ? AND updated_at <= ?").run(owner, until);
    // All paths below the owner: "0" comes right behind "/".
    sql("DELETE FROM tombstones WHERE path > ? AND path < ? AND pruned_at <= ?").run(
      `${owner}/`,
      `${owner}0`,
      until,
    );
    sql("DELETE FROM replaced WHERE owner = ? AND written_at <= ?").run(owner, until);
  }

  return {
    register: async (asked) => write(() => register(asked)),
    unregister: async (owner, address) => write(() => unregister(owner, address)),
    removeUser: async (owner, until = Number.MAX_SAFE_INTEGER) => write(() => removeUser(owner, until)),
  };
}

/** What stands behind the owner in a document's path. */
function idOf(path: string): string {
  return path.split("/").slice(2).join("/");
}
