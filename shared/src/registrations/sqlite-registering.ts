import { registrationId, replacedId, replacedIdOfV1 } from "../domain/ids.ts";
import type { Database } from "../sqlite/database.ts";
import { REPLACED_DAYS, type Registering, type Registrations } from "./index.ts";
import type { StoredTypes } from "./sqlite-types.ts";

const REPLACED_MS = REPLACED_DAYS * 86_400_000;

interface RegisteringDeps {
  stamp: () => number;
  types: Pick<StoredTypes, "note">;
  /** Where the document of a new address goes, below its owner. FlutterFlow's own have random ids. */
  collection: string | undefined;
}

/** Registers devices and lets them go, each call in one transaction. */
export function createRegistering(
  { sql, write }: Database,
  now: () => number,
  { stamp, types, collection = "fcm_tokens" }: RegisteringDeps,
): Pick<Registrations, "register" | "unregister" | "removeUser"> {
  function register(asked: Registering): "added" | "refreshed" {
    sql("DELETE FROM replaced WHERE expires_at <= ?").run(now());
    const [address] = asked.kind === "token" ? standInsOf(asked.owner, asked.address) : [];
    if (address === undefined) return registerAddress(asked);
    return registerAddress({ ...asked, kind: "fid", address, replaces: asked.address });
  }

  function registerAddress({ owner, address, kind, deviceType, replaces }: Registering) {
    const own = sql(
      "SELECT path FROM registrations WHERE address = ? AND owner = ? ORDER BY created_at, path",
    );
    const had = own.get(address, owner)?.path;
    const path = had === undefined ? `${owner}/${collection}/${registrationId(address)}` : String(had);
    const known = sql("SELECT min(created_at) AS at FROM registrations WHERE address = ?").get(address)?.at;
    sql("DELETE FROM registrations WHERE address IN (?, ?) OR path = ?").run(
      address,
      replaces ?? address,
      path,
    );
    const time = stamp();
    types.note([deviceType]);
    sql(`
      INSERT INTO registrations (path, owner, address, kind, device_type, created_at, updated_at)
      VALUES (?, ?, ?, ?, ?, ?, ?)`).run(path, owner, address, kind, deviceType, known ?? time, time);
    if (replaces !== undefined) noteReplaced(replaces, path, owner);
    return had === undefined ? "added" : "refreshed";
  }

  function noteReplaced(token: string, path: string, owner: string): void {
    sql(
      "INSERT OR REPLACE INTO replaced (id, path, owner, written_at, expires_at) VALUES (?, ?, ?, ?, ?)",
    ).run(replacedId(token, owner), path, owner, now(), now() + REPLACED_MS);
  }

  /**
   * The ids that took a token's place, by the owner's own notes and below the owner alone: others may know the token,
   * and where it led to their devices they would get what is meant for its owner. Rows of version 1 are of the token.
   */
  function standInsOf(owner: string, token: string): string[] {
    const text = `
      SELECT address FROM replaced JOIN registrations USING (path)
      WHERE id IN (?, ?) AND expires_at > ? AND registrations.owner = ? AND kind = 'fid' AND address IS NOT NULL
      ORDER BY written_at DESC`;
    const rows = sql(text).all(replacedId(token, owner), replacedIdOfV1(token), now(), owner);
    return rows.map(({ address }) => String(address));
  }

  function unregister(owner: string, address: string): "removed" | "absent" {
    const remove = sql("DELETE FROM registrations WHERE owner = ? AND address = ?");
    const addresses = [address, ...standInsOf(owner, address)];
    const counts = addresses.map((one) => Number(remove.run(owner, one).changes));
    return counts.some((count) => count > 0) ? "removed" : "absent";
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
