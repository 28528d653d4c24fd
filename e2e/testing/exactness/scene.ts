import { makeBroadcast } from "@fanfare/shared/testing/records";
import { vi } from "vitest";
import { createMessages } from "../crash/messages.ts";
import { createWorld } from "../crash/world.ts";
import type { OpenStores, Stores } from "../stores.ts";
import { createApps } from "./apps.ts";
import { createModel } from "./model.ts";
import { ADDRESSES, type Plan, type Start } from "./plan.ts";
import { createResolvers } from "./resolvers.ts";
import { watchChunks } from "./watch.ts";

const DAY_MS = 86_400_000;

/** A world in which a broadcast has just been released to those who are registered. */
export async function createScene(plan: Plan, open: OpenStores) {
  // Leases are renewed by timers, which belong to the world's time.
  const world = createWorld((ms) => vi.advanceTimersByTime(ms));
  const messages = createMessages(world);
  const stores = open(world, plan);
  const model = createModel(plan.audience);
  const documents = plan.start.map((start, index) => documentOf(start, index, stores));
  const releasedAt = await stores.begin(documents);
  model.release(documents);
  const broadcast = makeBroadcast("exact", { audience: plan.audience, releasedAt });
  await stores.broadcasts.create(broadcast);
  await stores.ledger.openRoot(broadcast.id);
  return {
    id: broadcast.id,
    world,
    stores,
    model,
    apps: createApps(stores, model, releasedAt),
    resolvers: createResolvers(world, messages, stores, plan),
    watch: watchChunks(stores.ledger, messages, broadcast.id),
  };
}

export type Scene = Awaited<ReturnType<typeof createScene>>;

function documentOf({ user, address, deviceType, made }: Start, index: number, { now }: Stores) {
  const times = { now: undefined, earlier: now() - DAY_MS, later: now() + DAY_MS };
  return {
    path: `users/u${user}/fcm_tokens/d${index}`,
    address: address === null ? null : (ADDRESSES[address] ?? null),
    kind: "token" as const,
    deviceType,
    createdAt: times[made],
  };
}
