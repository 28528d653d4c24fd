import type { Registrations } from "@fanfare/shared/registrations";
import type { Device } from "./seed.ts";

export interface PruningFinding {
  pruned: number;
  /** Documents that hold a dead address, by what was seeded. */
  expected: number;
  /** Those of them that are still there. */
  left: number;
}

/** Whether those documents are gone whose address is dead, and no others. */
export async function checkPruning(
  audience: readonly Device[],
  registrations: Registrations,
  broadcastId: string,
): Promise<PruningFinding> {
  const dead = audience.filter(({ nature }) => nature === "dead" || nature === "malformed");
  const addresses = new Set<string | null>(dead.map(({ address }) => address));
  let left = 0;
  for await (const batch of registrations.read({ after: "", upTo: null }, undefined))
    left += batch.filter(({ address }) => addresses.has(address)).length;
  return {
    pruned: await registrations.countPruned(broadcastId),
    expected: dead.reduce((total, { documents }) => total + documents, 0),
    left,
  };
}
