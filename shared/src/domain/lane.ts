import type { Broadcast } from "./broadcast.ts";
import { CHUNK_SIZE } from "./chunk.ts";

/** Two ways through the pipeline: a notification to one person never waits behind a million others. */
export type Lane = "urgent" | "normal";

/** Small audiences are urgent, and whatever its caller calls so. */
export function laneOf({ audience, urgent }: Pick<Broadcast, "audience" | "urgent">): Lane {
  const isSmall = audience.users !== undefined && audience.users.length <= CHUNK_SIZE;
  return isSmall || urgent ? "urgent" : "normal";
}
