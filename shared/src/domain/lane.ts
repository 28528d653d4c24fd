import type { Audience, Broadcast } from "./broadcast.ts";
import { CHUNK_SIZE } from "./chunk.ts";

/** Two ways through the pipeline: a notification to one person never waits behind a million others. */
export type Lane = "urgent" | "normal";

/** Small audiences are urgent, and whatever its caller calls so. */
export function laneOf({ audience, urgent }: Pick<Broadcast, "audience" | "urgent">): Lane {
  return isSmall(audience) || urgent ? "urgent" : "normal";
}

/** So few listed users that one look at their registrations is enough. */
export function isSmall({ users }: Audience): boolean {
  return users !== undefined && users.length <= CHUNK_SIZE;
}
