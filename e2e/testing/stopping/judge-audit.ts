import type { AuditEntry } from "@fanfare/shared/domain/audit";
import type { Broadcast, GateName } from "@fanfare/shared/domain/broadcast";

/** What an audit says that cannot be, or cannot follow from what it said before. */
export function judgeAudit(entries: readonly AuditEntry[], { phase }: Broadcast): string[] {
  const found = entries.flatMap((entry, index) => {
    const { what, before, after } = entry;
    const last = entries[index - 1]?.after.closed ?? null;
    const wrong: string[] = [];
    if (!isSame(before?.closed ?? null, last))
      wrong.push(`${what} found ${before?.closed} closed after ${last}`);
    if (!isOutcome(entry)) wrong.push(`${what} led from ${before?.closed} to ${after.closed}`);
    return wrong;
  });
  const cancelledAt = entries.findIndex(({ what }) => what === "cancel");
  if (cancelledAt >= 0 && cancelledAt < entries.length - 1)
    found.push("something was done after it was cancelled");
  if (cancelledAt >= 0 !== (phase === "cancelled"))
    found.push(`it is ${phase}, and cancelled at ${cancelledAt}`);
  return found;
}

function isSame(some: readonly GateName[] | null, others: readonly GateName[] | null): boolean {
  return JSON.stringify(some) === JSON.stringify(others);
}

/** Whether an act turned the one gate that is its own. */
function isOutcome({ what, before, after }: AuditEntry): boolean {
  const [was, is] = [new Set(before?.closed), new Set(after.closed)];
  const [opened, closed] = [was.difference(is), is.difference(was)];
  switch (what) {
    case "submit":
      return before === null && is.size === 0;
    case "hold":
      return opened.size === 0 && isSame([...closed], ["held"]);
    case "pause":
      return opened.size === 0 && isSame([...closed], ["paused"]);
    case "resume":
      return opened.size === 1 && closed.size === 0;
    case "accept":
      return closed.size === 0 && isSame([...opened], opened.size === 0 ? [] : ["held"]);
    case "cancel":
      return isSame([...is], ["cancelled"]);
    case "move":
    case "prune":
      return opened.size === 0 && closed.size === 0;
  }
}
