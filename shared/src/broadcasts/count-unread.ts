import type { Audience } from "../domain/broadcast.ts";
import { type Range, restOf } from "../domain/range.ts";
import type { Registrations } from "../registrations/index.ts";

/** About how many registrations are behind a range's cursor. One that was cut leaves none: its children have them. */
export async function countUnread(
  registrations: Pick<Registrations, "count">,
  range: Range,
  { users, platforms }: Audience,
): Promise<number> {
  if (range.state === "cut") return 0;
  return users?.length ?? (await registrations.count(restOf(range), platforms));
}
