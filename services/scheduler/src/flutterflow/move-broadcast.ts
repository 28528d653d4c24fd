import { update } from "@fanfare/shared/broadcasts";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import { AS_FLUTTERFLOW } from "@fanfare/shared/domain/content-rules";
import { schedule } from "@fanfare/shared/domain/phases";
import { parseRequest } from "@fanfare/shared/events/broadcast-requests";
import type { FlutterFlowDeps } from "./deps.ts";
import { isLetGo } from "./let-go.ts";
import { gatesAfter, gatesFor } from "./narrowed.ts";

/**
 * Brings a broadcast that is still scheduled in line with its document, which may have another time or content by
 * now. Looks that were overtaken by a later one change nothing: the document's own time of writing decides. One that
 * was let go of is scheduled again: none of it was ever sent.
 * @param request what the document asks for
 * @param origin what else its broadcast is to say; `writtenAt` is when the document was written
 */
export async function moveBroadcast(
  { broadcasts, usersCollection, now }: FlutterFlowDeps,
  broadcast: Broadcast,
  request: unknown,
  origin: Pick<Broadcast, "writtenAt" | "documents" | "narrowedBy">,
): Promise<Broadcast> {
  const { writtenAt = 0, documents, narrowedBy } = origin;
  const isOvertaken = (current: Broadcast) =>
    isLetGo(current) ? (current.writtenAt ?? 0) > writtenAt : (current.writtenAt ?? 0) >= writtenAt;
  if (isOvertaken(broadcast)) return broadcast;
  const { at, content, audience } = parseRequest(request, usersCollection, AS_FLUTTERFLOW);
  const time = now();
  const asked = { content, audience, dueAt: at ?? time, writtenAt, documents, narrowedBy };
  const moved = await update(
    broadcasts,
    broadcast.id,
    (current) => {
      if (isOvertaken(current)) return null;
      if (isLetGo(current))
        return { ...schedule(current, time), ...asked, fault: undefined, gates: gatesFor(narrowedBy, time) };
      const gates = gatesAfter(current, narrowedBy, time);
      return current.phase === "scheduled" ? { ...current, ...asked, gates } : null;
    },
    { what: "move", by: broadcast.caller, at: time, reason: "its document was changed" },
  );
  return moved ?? broadcast;
}
