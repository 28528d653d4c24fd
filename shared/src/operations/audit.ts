import type { Broadcasts } from "../broadcasts/index.ts";
import type { AuditEntry } from "../domain/audit.ts";
import { requireBroadcast } from "./require-broadcast.ts";

/** Who turned which gate of a broadcast, and why, from first to last. @throws InvalidInput where there is no such broadcast */
export async function auditOf(
  { broadcasts }: { broadcasts: Pick<Broadcasts, "get" | "audit"> },
  id: string,
): Promise<AuditEntry[]> {
  await requireBroadcast(broadcasts, id);
  return broadcasts.audit(id);
}
