import { z } from "zod";
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

export const CHUNK_EVENTS: Record<Lane, EventType<TokenChunk>> = {
  urgent: urgentTokenChunks,
  normal: tokenChunks,
};
