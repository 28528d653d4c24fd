import { isAccepted } from "../domain/broadcast.ts";
import { type Broadcasts, update } from "./index.ts";

/**
 * Closes a running broadcast's gate, because sending on would do harm. The first reason stays, and nothing is held for
 * refusals that were accepted: another sender may have seen them before it saw that.
 * @param doubts a code of rejections that are not to be believed; who got one is sent to again after `resume`.
 */
export async function hold(
  broadcasts: Broadcasts,
  id: string,
  reason: string,
  by: string,
  now: number,
  doubts?: string,
): Promise<void> {
  const held = { reason, by, at: now, doubts };
  await update(
    broadcasts,
    id,
    (current) => {
      if (current.phase !== "running" || current.gates.held || current.gates.cancelled) return null;
      if (doubts !== undefined && isAccepted(current, doubts)) return null;
      return { ...current, gates: { ...current.gates, held } };
    },
    { what: "hold", by, at: now, reason },
  );
}
