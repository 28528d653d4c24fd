import { setTimeout as sleep } from "node:timers/promises";
import { resume } from "@fanfare/shared/broadcasts/gates";
import type { Stage } from "./stage.ts";

const LOOK_EVERY_MS = 250;

/** Who closes gates on purpose, and opens them again. */
export const HOLDER = "chaos";

/** Does what somebody in charge does: resumes what the sender holds, once its cause is mended. */
export async function resumeHeld(
  { store }: Stage,
  ids: readonly string[],
  isOver: () => boolean,
  signal: AbortSignal,
): Promise<void> {
  while (!isOver()) {
    for (const id of ids) {
      const held = (await store.broadcasts.get(id))?.gates.held;
      if (held && held.by !== HOLDER) await resume({ ...store, now: Date.now }, id, "held", { by: HOLDER });
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}
