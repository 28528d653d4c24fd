import type { Audience } from "@fanfare/shared/domain/broadcast";
import { deviceTypesOf } from "@fanfare/shared/domain/registration";
import type { Registrations } from "@fanfare/shared/registrations";

/** How many registrations an audience has now; each counts, though several may hold one device's address. */
export async function countAudience(
  registrations: Registrations,
  { users, platforms }: Audience,
): Promise<number> {
  if (!users) return registrations.count({ after: "", upTo: null }, platforms);
  const types = platforms && new Set(deviceTypesOf(platforms));
  const found = await registrations.readOwned(users);
  return found.filter(({ address, deviceType }) => address && (!types || types.has(deviceType))).length;
}
