import { type Broadcast, closedGates, type GateName, type Phase } from "./broadcast.ts";

/** What somebody did, that changes a broadcast's phase, gates or time, or deletes what was withheld. Times are milliseconds since 1970. */
export interface Act {
  what: "submit" | "hold" | "pause" | "resume" | "accept" | "cancel" | "move" | "prune";
  /** A caller, a person at the command line, or the part of Fanfare that decided. */
  by: string;
  at: number;
  reason?: string | undefined;
}

/** Where a broadcast stood. */
export interface Standpoint {
  phase: Phase;
  closed: GateName[];
}

/** An act, with where the broadcast stood before it (null: there was none) and after it. */
export interface AuditEntry extends Act {
  before: Standpoint | null;
  after: Standpoint;
}

export function auditEntry(act: Act, before: Broadcast | null, after: Broadcast): AuditEntry {
  return { ...act, before: before && standpoint(before), after: standpoint(after) };
}

/** The first entry of a broadcast. */
export function submission(broadcast: Broadcast): AuditEntry {
  return auditEntry({ what: "submit", by: broadcast.caller, at: broadcast.createdAt }, null, broadcast);
}

function standpoint(broadcast: Broadcast): Standpoint {
  return { phase: broadcast.phase, closed: closedGates(broadcast) };
}
