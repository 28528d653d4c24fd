import { submitRequest } from "@fanfare/demo/submit-request";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import type { Chance } from "./chance.ts";
import type { BroadcastPlan } from "./plan.ts";
import { ownersOf } from "./population.ts";
import type { Stage } from "./stage.ts";

/** Submits every broadcast of a plan, all at once, some more than once. */
export function submitAll(
  plans: readonly BroadcastPlan[],
  { store, population }: Stage,
  chance: Chance,
): Promise<Broadcast[]> {
  const owners = ownersOf(population.documents);
  const requests = plans.map((plan, index) => makeRequest(plan, index, owners, chance));
  return Promise.all(
    requests.map(async (request, index) => {
      const asked = Array.from({ length: plans[index]?.asked ?? 1 }, () => submitRequest(store, request));
      const [broadcast] = await Promise.all(asked);
      if (!broadcast) throw new RangeError("a broadcast is asked for at least once");
      return broadcast;
    }),
  );
}

function makeRequest(plan: BroadcastPlan, index: number, owners: readonly string[], chance: Chance) {
  const { platforms, users, onCrash, ownCollapseId, dueAfterMs } = plan;
  const listed = users && Array.from({ length: users }, () => chance.pick(owners));
  const names = { ...(platforms && { platforms }), ...(listed && { users: [...listed, "users/nobody"] }) };
  return {
    caller: "chaos",
    idempotencyKey: `broadcast-${index}`,
    // What two broadcasts say differs, so that a phone which shows the same twice shows a repeat.
    content: {
      title: `Broadcast ${index}`,
      text: "The books balance.",
      initialPage: "HomePage",
      ...(ownCollapseId && { collapseId: `own-${index}` }),
    },
    audience: platforms || listed ? names : "all",
    onCrash,
    ...(dueAfterMs > 0 && { at: new Date(Date.now() + dueAfterMs).toISOString() }),
  };
}
