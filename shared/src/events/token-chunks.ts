import { z } from "zod";
import type { Audience } from "../domain/broadcast.ts";
import { CHUNK_SIZE } from "../domain/chunk.ts";
import { defineEvent, type EventType } from "./event.ts";
import { chunkIdForm } from "./ids.ts";

export interface TokenChunk {
  chunkId: string;
}

const schema = z.strictObject({ chunkId: chunkIdForm });

/** A chunk is to be sent to. */
export const tokenChunks: EventType<TokenChunk> = defineEvent("token-chunks", schema);

/** The same for small audiences, so that a notification to one person never waits behind a million others. */
export const urgentTokenChunks: EventType<TokenChunk> = defineEvent("token-chunks-urgent", schema);

/** The lane for the chunks of an audience. */
export function laneOf(audience: Audience): EventType<TokenChunk> {
  return audience.users && audience.users.length <= CHUNK_SIZE ? urgentTokenChunks : tokenChunks;
}
