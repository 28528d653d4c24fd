import type { Broadcast } from "../domain/broadcast.ts";
import type { Member } from "../domain/chunk.ts";
import { planPages } from "../domain/plan-chunks.ts";
import { EVERYTHING, leavesRest, overlap, type Range, restOf, type Span } from "../domain/range.ts";
import type { Registrations } from "../registrations/index.ts";
import { readAudience } from "./read-audience.ts";

/**
 * Whom a range would still have resolved, had it gone on: read as the resolver reads, from what is registered now. In
 * the order of addresses, some hundred at a time.
 */
export async function* readUnresolved(
  registrations: Registrations,
  { audience, releasedAt }: Broadcast,
  range: Range,
  within: Span = EVERYTHING,
): AsyncGenerator<Member[]> {
  const rest = leavesRest(range) ? overlap(restOf(range), within) : null;
  if (!rest) return;
  const { batches } = readAudience(registrations, audience, rest);
  for await (const { chunks } of planPages(batches, releasedAt ?? 0)) yield* chunks;
}
