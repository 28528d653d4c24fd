import { contains, EVERYTHING, type Span } from "./range.ts";
import { ofPlatforms, type Platform, type Registration } from "./registration.ts";
import { compareUtf8 } from "./utf8.ts";

/**
 * Of what listed users have, the registrations that are sent to: those of the platforms with an address in a span,
 * in the order in which everybody is read. Listed users are few enough to be sorted whole.
 */
export function orderListed(
  owned: readonly Registration[],
  platforms: readonly Platform[] | undefined,
  span: Span = EVERYTHING,
): Registration[] {
  const isMeant = ofPlatforms(platforms);
  const found: (Registration & { address: string })[] = [];
  for (const registration of owned) {
    const { address, deviceType } = registration;
    if (!address || !contains(span, address) || !isMeant(deviceType)) continue;
    found.push({ ...registration, address });
  }
  return sortByAddress(found);
}

/** In the order of the addresses' UTF-8 bytes; those with the same address stay as they were among themselves. */
export function sortByAddress<T extends { address: string }>(items: readonly T[]): T[] {
  return items.toSorted((a, b) => compareUtf8(a.address, b.address));
}
