import { z } from "zod";
import type { Broadcast } from "../domain/broadcast.ts";
import { defineEvent } from "./event.ts";
import { broadcastIdForm } from "./ids.ts";

const count = z.number().int().nonnegative();

const books = z.strictObject({
  resolved: count,
  accepted: count,
  rejected: z.record(z.string(), count),
  expired: count,
  cancelled: count,
  unknown: count,
  open: count,
  possibleRepeats: count,
  withoutAddress: count,
  late: count,
  unresolvedAbout: count,
});

/** Event ids are derived: whoever gets an event twice can tell by its id. */
const eventId = z.string();

/**
 * What other services may want to know. `broadcast.finished` comes once a broadcast has its final books;
 * `broadcast.prune` asks the sender to delete dead addresses; `request.failed` answers a request that was refused.
 */
export const broadcastEvents = defineEvent(
  "broadcast-events",
  z.discriminatedUnion("type", [
    z.strictObject({
      type: z.literal("broadcast.finished"),
      eventId,
      broadcastId: broadcastIdForm,
      caller: z.string(),
      idempotencyKey: z.string(),
      phase: z.enum(["succeeded", "failed", "cancelled"]),
      fault: z.string().optional(),
      books,
    }),
    z.strictObject({ type: z.literal("broadcast.prune"), eventId, broadcastId: broadcastIdForm }),
    z.strictObject({
      type: z.literal("request.failed"),
      eventId,
      caller: z.string().optional(),
      idempotencyKey: z.string().optional(),
      reason: z.string(),
    }),
  ]),
);

/** @throws Error for a broadcast that has not finished: only a finished one has final books. */
export function finishedEvent(broadcast: Broadcast) {
  const { id, caller, idempotencyKey, phase, fault, books } = broadcast;
  if (!books || phase === "scheduled" || phase === "running") throw new Error(`${id} has not finished`);
  // A reader of an earlier version refuses a field that it does not know.
  const { spaced: _, ...told } = books;
  return broadcastEvents.encode({
    type: "broadcast.finished",
    eventId: `${id}.finished`,
    broadcastId: id,
    caller,
    idempotencyKey,
    phase,
    ...(fault !== undefined && { fault }),
    books: told,
  });
}

export function pruneEvent(broadcastId: string) {
  return broadcastEvents.encode({ type: "broadcast.prune", eventId: `${broadcastId}.prune`, broadcastId });
}
