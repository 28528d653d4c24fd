import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import { buildMessage, encodeRest, keepFor } from "@fanfare/shared/domain/message";

/** The end of every request's body. How long FCM may keep the message is told again when a second less is left. */
export function restOf(broadcast: Broadcast, now: () => number): () => string {
  let seconds = keepFor(broadcast, now())?.seconds;
  let rest = encodeRest(buildMessage(broadcast, now()), broadcast.checkOnly);
  if (seconds === undefined) return () => rest;
  return () => {
    const time = now();
    const left = keepFor(broadcast, time)?.seconds;
    if (left !== seconds) {
      seconds = left;
      rest = encodeRest(buildMessage(broadcast, time), broadcast.checkOnly);
    }
    return rest;
  };
}
