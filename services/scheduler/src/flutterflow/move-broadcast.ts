import { update } from "@fanfare/shared/broadcasts";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import { AS_FLUTTERFLOW } from "@fanfare/shared/domain/content-rules";
import { schedule } from "@fanfare/shared/domain/phases";
import { parseRequest } from "@fanfare/shared/events/broadcast-requests";
import type { FlutterFlowDeps } from "./deps.ts";

/**
 * Brings a broadcast that is still scheduled in line with its document, which may have another time or content by
 * now. Looks that were overtaken by a later one change nothing: the document's own time of writing decides. One that
 * was handed back is scheduled anew: nothing of it was ever sent.
 * @param request what the document asks for
 * @param writtenAt when the document was written
 */
export async function moveBroadcast(
  { broadcasts, usersCollection, now }: FlutterFlowDeps,
  broadcast: Broadcast,
  request: unknown,
  { writtenAt = 0, documents }: Pick<Broadcast, "writtenAt" | "documents">,
): Promise<Broadcast> {
  const isOvertaken = (current: Broadcast) => (current.writtenAt ?? 0) >= writtenAt;
  if (!isHandedBack(broadcast) && isOvertaken(broadcast)) return broadcast;
  const { at, content, audience } = parseRequest(request, usersCollection, AS_FLUTTERFLOW);
  const time = now();
  const moved = await update(
    broadcasts,
    broadcast.id,
    (current) => {
      const asked = { content, audience, dueAt: at ?? time, writtenAt };
      if (isHandedBack(current)) return { ...schedule(current, time), ...asked, documents, fault: undefined };
      return current.phase !== "scheduled" || isOvertaken(current) ? null : { ...current, ...asked };
    },
    { what: "move", by: broadcast.caller, at: time, reason: "its document was changed" },
  );
  return moved ?? broadcast;
}

/** Whether it was let go of before its time, for another to send it. */
export function isHandedBack({ phase, releasedAt, documents }: Broadcast): boolean {
  return phase === "cancelled" && releasedAt === null && documents === undefined;
}
