import type { Broadcasts } from "../broadcasts/index.ts";
import type { Broadcast } from "../domain/broadcast.ts";
import { InvalidInput } from "../errors.ts";

/** The broadcast with this id. @throws InvalidInput where there is none */
export async function requireBroadcast(broadcasts: Pick<Broadcasts, "get">, id: string): Promise<Broadcast> {
  const broadcast = await broadcasts.get(id);
  if (!broadcast) throw new InvalidInput([{ field: "id", message: `there is no broadcast ${id}` }]);
  return broadcast;
}
