import { isBefore } from "@fanfare/shared/domain/bounds";
import type { Audience } from "@fanfare/shared/domain/broadcast";
import type { Span } from "@fanfare/shared/domain/range";
import { deviceTypesOf, type Registration } from "@fanfare/shared/domain/registration";
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

/** Listed users are few enough to be sorted whole. */
async function* readListed(
  registrations: Registrations,
  audience: Audience,
  span: Span,
): AsyncGenerator<Registration[]> {
  const types = audience.platforms && new Set(deviceTypesOf(audience.platforms));
  const found: { key: Buffer; registration: Registration }[] = [];
  for await (const batch of ownedBy(registrations, audience.users ?? [])) {
    for (const registration of batch) {
      const { address, deviceType } = registration;
      if (!address || !isBefore(span.after, address) || (types && !types.has(deviceType))) continue;
      found.push({ key: Buffer.from(address), registration });
    }
  }
  found.sort((a, b) => Buffer.compare(a.key, b.key));
  yield found.map(({ registration }) => registration);
}

async function* ownedBy(
  registrations: Registrations,
  users: readonly string[],
): AsyncGenerator<Registration[]> {
  for (let start = 0; start < users.length; start += OWNERS_AT_ONCE) {
    yield await registrations.readOwned(users.slice(start, start + OWNERS_AT_ONCE));
  }
}
