import { z } from "zod";
import type { Bus } from "../bus/index.ts";
import type { ChunkId } from "../domain/ids.ts";
import type { Lane } from "../domain/lane.ts";
import { defineEvent, type EventType } from "./event.ts";
import { chunkIdForm } from "./ids.ts";

export interface TokenChunk {
  chunkId: string;
}

const schema = z.strictObject({ chunkId: chunkIdForm });

/** A chunk is to be sent to. */
export const tokenChunks: EventType<TokenChunk> = defineEvent("token-chunks", schema);

/** The same in the urgent lane. */
export const urgentTokenChunks: EventType<TokenChunk> = defineEvent("token-chunks-urgent", schema);

const CHUNK_EVENTS: Record<Lane, EventType<TokenChunk>> = { urgent: urgentTokenChunks, normal: tokenChunks };

/** Tells the senders of chunks, in the lane of their broadcast. */
export async function publishChunks(bus: Bus, lane: Lane, ids: readonly ChunkId[]): Promise<void> {
  if (ids.length === 0) return;
  const event = CHUNK_EVENTS[lane];
  await bus.publish(
    event.topic,
    ids.map((chunkId) => event.encode({ chunkId })),
  );
}
