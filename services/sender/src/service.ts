import { broadcastEvents } from "@fanfare/shared/events/broadcast-events";
import { tokenChunks, urgentTokenChunks } from "@fanfare/shared/events/token-chunks";
import { onEvent } from "@fanfare/shared/hosting/event-endpoint";
import { type Hosted, hostOnBus, type Service } from "@fanfare/shared/hosting/service";
import type { Store } from "@fanfare/shared/store";
import { bury } from "./bury.ts";
import type { SenderDeps } from "./deps.ts";
import { prune } from "./prune.ts";
import { createSendChunk } from "./send-chunk.ts";

/** Chunks in hand at once, most of which wait for a retry: each holds up to 500 members in memory. */
const CHUNKS_IN_HAND = 48;
const URGENT_IN_HAND = 16;

/**
 * How long a sender that is asked to end waits for FCM's answers. Then it cuts what is in flight and hands it back as
 * unsure, with time left to write that down: Cloud Run kills a process after 10 seconds.
 */
const LAST_ANSWERS_MS = 6_000;

export type SenderParts = Omit<SenderDeps, "draining"> &
  Pick<Store, "registrations" | "senders" | "health" | "sync">;

/** The sender: calls FCM, records what comes of it, and prunes. Asked to end it hands back what it has. */
export function createSender(deps: SenderParts): Hosted {
  const drain = new AbortController();
  const sendChunk = createSendChunk({ ...deps, draining: drain.signal });
  const send = async ({ chunkId }: { chunkId: string }) => {
    const sent = await sendChunk(chunkId);
    deps.log.debug({ chunkId, sent }, "chunk handled");
  };
  let cut: NodeJS.Timeout | undefined;
  let left: Promise<void> | undefined;
  return {
    endpoints: [
      onEvent("sender.chunks", CHUNKS_IN_HAND, tokenChunks, send),
      onEvent("sender.chunks-urgent", URGENT_IN_HAND, urgentTokenChunks, send),
      onEvent("sender.prune", 1, broadcastEvents, async (event) => {
        if (event.type === "broadcast.prune") await prune(deps, event.broadcastId);
      }),
      { subscription: "sender.bury", concurrency: 1, handle: bury.bind(null, deps) },
    ],
    drain() {
      drain.abort();
      left = deps.governor.close();
      cut ??= setTimeout(() => void deps.transport.close(0), LAST_ANSWERS_MS);
    },
    async close() {
      clearTimeout(cut);
      await Promise.all([deps.transport.close(), left]);
    },
  };
}

export function startSender(parts: SenderParts): Service {
  return hostOnBus(createSender(parts), parts);
}
