import type { Taken } from "@fanfare/scheduler/flutterflow/take-document";

/** One line about a document that was looked at. */
export function tellTaken(path: string, taken: Taken, json: boolean | undefined): void {
  if (!json) {
    console.log(`${path} ${inWords(taken)}`);
    return;
  }
  const { kind } = taken;
  const more =
    taken.kind === "sent"
      ? { broadcastId: taken.broadcast.id, state: taken.broadcast.phase }
      : taken.kind === "refused"
        ? { reason: taken.reason }
        : {};
  console.log(JSON.stringify({ path, kind, ...more }));
}

function inWords(taken: Taken): string {
  switch (taken.kind) {
    case "sent": {
      const { id, phase, dueAt } = taken.broadcast;
      return phase === "scheduled"
        ? `is ${id}, scheduled for ${new Date(dueAt).toISOString()}`
        : `is ${id}, ${phase}`;
    }
    case "waiting":
      return "waits for the rest of its batch";
    case "refused":
      return `is refused: ${taken.reason}`;
    case "nobody":
      return "reaches nobody";
    case "answered":
      return "has an answer already";
    case "gone":
      return "is gone";
  }
}
