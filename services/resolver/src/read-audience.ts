import type { Audience } from "@fanfare/shared/domain/broadcast";
import { orderListed } from "@fanfare/shared/domain/listed";
import type { Span } from "@fanfare/shared/domain/range";
import type { Registration } from "@fanfare/shared/domain/registration";
import { slices } from "@fanfare/shared/domain/slices";
import type { Registrations } from "@fanfare/shared/registrations";

const OWNERS_AT_ONCE = 500;

/** The registrations of an audience in a span, in the order of addresses, wherever they come from. */
export function readAudience(
  registrations: Registrations,
  audience: Audience,
  span: Span,
): AsyncIterable<Registration[]> {
  return audience.users
    ? readListed(registrations, audience, span)
    : registrations.read(span, audience.platforms);
}

/** Documents of the audience that have no address: nothing can be sent to them, and the books say how many. */
export async function countWithoutAddress(registrations: Registrations, audience: Audience): Promise<number> {
  if (!audience.users) return registrations.countWithoutAddress();
  let count = 0;
  for await (const batch of ownedBy(registrations, audience.users))
    count += batch.filter(({ address }) => !address).length;
  return count;
}

async function* readListed(
  registrations: Registrations,
  { users = [], platforms }: Audience,
  { after }: Span,
): AsyncGenerator<Registration[]> {
  const owned = await Array.fromAsync(ownedBy(registrations, users));
  yield orderListed(owned.flat(), platforms, after);
}

async function* ownedBy(
  registrations: Registrations,
  users: readonly string[],
): AsyncGenerator<Registration[]> {
  for (const some of slices(users, OWNERS_AT_ONCE)) yield await registrations.readOwned(some);
}
