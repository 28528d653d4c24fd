import { setTimeout as sleep } from "node:timers/promises";
import { isAcceptable } from "@fanfare/shared/domain/broadcast";
import { resume } from "@fanfare/shared/operations/resume";
import type { Plan } from "./plan.ts";
import type { Stage } from "./stage.ts";

const LOOK_EVERY_MS = 250;

/** Who closes gates on purpose, and opens them again. */
export const HOLDER = "chaos";

/**
 * Does what an operator does: resumes what the sender holds, once its cause is mended, or has the members rejected that
 * FCM refuses.
 */
export async function resumeHeld(
  { store }: Stage,
  ids: readonly string[],
  { acceptsRefusals }: Pick<Plan, "acceptsRefusals">,
  isOver: () => boolean,
  signal: AbortSignal,
): Promise<void> {
  while (!isOver()) {
    for (const id of ids) {
      const held = (await store.broadcasts.get(id))?.gates.held;
      if (!held || held.by === HOLDER) continue;
      const options = { acceptRefusals: acceptsRefusals && isAcceptable(held) };
      await resume({ ...store, now: Date.now }, id, "held", { by: HOLDER }, options);
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}
