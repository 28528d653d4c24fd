import { type Act, type AuditEntry, auditEntry } from "../domain/audit.ts";
import type { Broadcast, Phase } from "../domain/broadcast.ts";
import type { BroadcastId } from "../domain/ids.ts";

/** The records of all broadcasts. Every change is a compare-and-set on the record's version. */
export interface Broadcasts {
  /**
   * Stores a new broadcast. Where one with this id exists nothing is written, and `existing` is that one: the caller
   * compares fingerprints to tell a repeated request from a different one under the same key. The audit begins with
   * it, in the same write.
   */
  create(broadcast: Broadcast): Promise<{ kind: "created" } | { kind: "existing"; existing: Broadcast }>;

  get(id: BroadcastId): Promise<Broadcast | null>;

  /**
   * Writes `next` if the stored version is still `next.version`, and numbers it one higher. `lost`: somebody else
   * wrote first; reload and go on from what is there. A second call with the same record is lost too. `entry` is added
   * to the broadcast's audit in the same write.
   */
  replace(next: Broadcast, entry?: AuditEntry): Promise<"written" | "lost">;

  /** Who changed a broadcast's phase or gates, in the order in which it happened. */
  audit(id: BroadcastId): Promise<AuditEntry[]>;

  /** Those still scheduled that wake (`wakesAt`) at `now` or earlier, the earliest first. */
  due(now: number, limit: number): Promise<Broadcast[]>;

  /** Those that owe a publication or a follow-up, in the order of ids, from after `after` on. */
  owing(limit: number, after?: BroadcastId): Promise<Broadcast[]>;

  /** Those that are running, in the order of ids, from after `after` on. */
  running(limit: number, after?: BroadcastId): Promise<Broadcast[]>;

  /** Those in a phase, the latest first. */
  list(phase: Phase | undefined, limit: number): Promise<Broadcast[]>;
}

/**
 * Applies `change` to the latest record until the write holds, and returns what is stored then. `change` returns
 * null where there is nothing (left) to do; it may run several times, so it only decides. `act` is what the audit will
 * say of it.
 */
export async function update(
  broadcasts: Broadcasts,
  id: BroadcastId,
  change: (current: Broadcast) => Broadcast | null,
  act?: Act,
): Promise<Broadcast | null> {
  for (;;) {
    const current = await broadcasts.get(id);
    const next = current && change(current);
    if (!next) return current;
    const entry = act && auditEntry(act, current, next);
    if ((await broadcasts.replace(next, entry)) === "written") return { ...next, version: next.version + 1 };
  }
}
