import { isBefore } from "./bounds.ts";
import { deviceTypesOf, type Platform, type Registration } from "./registration.ts";

/**
 * Of what listed users have, the registrations that are sent to: those of the platforms with an address after `after`,
 * in the order in which everybody is read. Listed users are few enough to be sorted whole.
 */
export function orderListed(
  owned: readonly Registration[],
  platforms: readonly Platform[] | undefined,
  after = "",
): Registration[] {
  const types = platforms && new Set(deviceTypesOf(platforms));
  const found: { key: Buffer; registration: Registration }[] = [];
  for (const registration of owned) {
    const { address, deviceType } = registration;
    if (!address || !isBefore(after, address) || (types && !types.has(deviceType))) continue;
    found.push({ key: Buffer.from(address), registration });
  }
  found.sort((a, b) => Buffer.compare(a.key, b.key));
  return found.map(({ registration }) => registration);
}
