import type { Taken } from "@fanfare/scheduler/flutterflow/taken";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import { onOneLine } from "@fanfare/shared/domain/quote";

/** One line about a document that was looked at. */
export function tellTaken(path: string, taken: Taken, json: boolean | undefined): void {
  if (!json) {
    console.log(onOneLine(`${path} ${inWords(taken)}`));
    return;
  }
  const { kind } = taken;
  const more =
    taken.kind === "sent"
      ? sentAs(taken.broadcast)
      : taken.kind === "refused" || taken.kind === "left"
        ? { reason: taken.reason }
        : {};
  console.log(JSON.stringify({ path, kind, ...more }));
}

function sentAs({ id, phase, gates }: Broadcast) {
  return { broadcastId: id, state: phase, ...(gates.paused && { paused: gates.paused.reason }) };
}

function inWords(taken: Taken): string {
  switch (taken.kind) {
    case "sent": {
      const { id, phase, dueAt, gates } = taken.broadcast;
      if (gates.paused) return `is ${id}, paused: ${gates.paused.reason}`;
      return phase === "scheduled"
        ? `is ${id}, scheduled for ${new Date(dueAt).toISOString()}`
        : `is ${id}, ${phase}`;
    }
    case "waiting":
      return "waits for the rest of its batch";
    case "refused":
      return `is refused: ${taken.reason}`;
    case "left":
      return `is left as it is: ${taken.reason}`;
    case "nobody":
      return "reaches nobody";
    case "answered":
      return "has an answer already";
    case "gone":
      return "is gone";
  }
}
