import type { Broadcasts } from "../broadcasts/index.ts";
import type { Broadcast, Phase } from "../domain/broadcast.ts";
import { InvalidInput } from "../errors.ts";

export const PHASES: readonly Phase[] = ["scheduled", "running", "succeeded", "failed", "cancelled"];

/** @throws InvalidInput where there is no such phase */
export function readPhase(state: string | undefined): Phase | undefined {
  const phase = PHASES.find((one) => one === state);
  if (state === undefined || phase) return phase;
  throw new InvalidInput([{ field: "state", message: `must be one of ${PHASES.join(", ")}` }]);
}

/** The latest broadcasts, and what is scheduled; with a phase only those that are in it. */
export async function listBroadcasts(
  { broadcasts }: { broadcasts: Pick<Broadcasts, "list"> },
  { phase, limit }: { phase: Phase | undefined; limit: number },
): Promise<Broadcast[]> {
  return broadcasts.list(phase, limit);
}
