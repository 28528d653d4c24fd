import { type Audience, audienceAsOf, type Broadcast } from "../domain/broadcast.ts";
import type { Member } from "../domain/chunk.ts";
import { orderListed } from "../domain/listed.ts";
import { type Plannable, planPages } from "../domain/plan-chunks.ts";
import { EVERYTHING, leavesRest, overlap, type Range, restOf, type Span } from "../domain/range.ts";
import type { Registration } from "../domain/registration.ts";
import type { Registrations } from "../registrations/index.ts";
import { type EarlierDeps, readEarlier } from "./read-earlier.ts";

export interface AudienceDeps extends EarlierDeps {
  registrations: Registrations;
}

/** What is there of an audience. Nothing is read before it is asked for, and listed users are read once. */
export interface Reading {
  /** The registrations in the span, in the order of addresses. */
  batches: AsyncIterable<Plannable[]>;
  /** Documents without an address: nothing can be sent to them, and the books say how many. */
  countWithoutAddress(): Promise<number>;
}

/** Reads the part of an audience that lies in a span, wherever it comes from. */
export function readAudience(deps: AudienceDeps, audience: Audience, span: Span): Reading {
  const { registrations } = deps;
  const { users, platforms, of } = audience;
  if (of) {
    const batches = readEarlier(deps, of, span, readUnresolved.bind(null, deps));
    return { batches, countWithoutAddress: async () => 0 };
  }
  if (!users) {
    return {
      batches: registrations.read(span, platforms),
      countWithoutAddress: registrations.countWithoutAddress,
    };
  }
  let found: Promise<Registration[]> | undefined;
  const owned = () => {
    found ??= registrations.readOwned(users);
    return found;
  };
  return {
    batches: inOrder(async () => orderListed(await owned(), platforms, span)),
    countWithoutAddress: async () => (await owned()).filter(({ address }) => !address).length,
  };
}

/** Listed users are few enough to be one batch. */
async function* inOrder(read: () => Promise<Registration[]>): AsyncGenerator<Registration[]> {
  yield await read();
}

/**
 * Whom a range would still have resolved, had it gone on: read as the resolver reads, from what is registered now. In
 * the order of addresses, some hundred at a time.
 */
export async function* readUnresolved(
  deps: AudienceDeps,
  broadcast: Broadcast,
  range: Range,
  within: Span = EVERYTHING,
): AsyncGenerator<Member[]> {
  const rest = leavesRest(range) ? overlap(restOf(range), within) : null;
  if (!rest) return;
  const { batches } = readAudience(deps, broadcast.audience, rest);
  for await (const { chunks } of planPages(batches, audienceAsOf(broadcast))) yield* chunks;
}
