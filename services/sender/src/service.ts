import { broadcastEvents } from "@fanfare/shared/events/broadcast-events";
import { tokenChunks, urgentTokenChunks } from "@fanfare/shared/events/token-chunks";
import type { Registrations } from "@fanfare/shared/registrations";
import { onEvent, serve } from "@fanfare/shared/runtime/event-endpoint";
import type { Service } from "@fanfare/shared/runtime/service";
import { bury } from "./bury.ts";
import { prune } from "./prune.ts";
import { createSendChunk, type SenderDeps } from "./send-chunk.ts";

/** Chunks in hand at once, most of which wait for a retry: each holds up to 500 members in memory. */
const CHUNKS_IN_HAND = 48;
const URGENT_IN_HAND = 16;

/** The sender: calls FCM, records what comes of it, and prunes. Closing it hands back what it has. */
export function startSender(deps: Omit<SenderDeps, "draining"> & { registrations: Registrations }): Service {
  const drain = new AbortController();
  const sendChunk = createSendChunk({ ...deps, draining: drain.signal });
  const send = async ({ chunkId }: { chunkId: string }) => {
    const sent = await sendChunk(chunkId);
    deps.log.debug({ chunkId, sent }, "chunk handled");
  };
  const consumers = [
    onEvent("sender.chunks", CHUNKS_IN_HAND, tokenChunks, send),
    onEvent("sender.chunks-urgent", URGENT_IN_HAND, urgentTokenChunks, send),
    onEvent("sender.prune", 1, broadcastEvents, async (event) => {
      if (event.type === "broadcast.prune") await prune(deps, event.broadcastId);
    }),
    { subscription: "sender.bury", concurrency: 1, handle: bury.bind(null, deps) },
  ].map((endpoint) => serve(endpoint, deps));
  return {
    async close() {
      drain.abort();
      deps.governor.close();
      await Promise.all(consumers.map((consumer) => consumer.close()));
      await deps.transport.close();
    },
  };
}
