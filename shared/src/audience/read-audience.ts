import type { Audience } from "../domain/broadcast.ts";
import { orderListed } from "../domain/listed.ts";
import type { Span } from "../domain/range.ts";
import type { Registration } from "../domain/registration.ts";
import type { Registrations } from "../registrations/index.ts";

/** What is there of an audience. Nothing is read before it is asked for, and listed users are read once. */
export interface Reading {
  /** The registrations in the span, in the order of addresses. */
  batches: AsyncIterable<Registration[]>;
  /** Documents without an address: nothing can be sent to them, and the books say how many. */
  countWithoutAddress(): Promise<number>;
}

/** Reads the part of an audience that lies in a span, wherever it comes from. */
export function readAudience(registrations: Registrations, audience: Audience, span: Span): Reading {
  const { users, platforms } = audience;
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
    batches: inOrder(async () => orderListed(await owned(), platforms, span.after)),
    countWithoutAddress: async () => (await owned()).filter(({ address }) => !address).length,
  };
}

/** Listed users are few enough to be one batch. */
async function* inOrder(read: () => Promise<Registration[]>): AsyncGenerator<Registration[]> {
  yield await read();
}
