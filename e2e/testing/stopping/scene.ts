import { broadcastId } from "@fanfare/shared/domain/ids";
import { vi } from "vitest";
import { createFcm } from "../crash/fcm.ts";
import { createFleet } from "../crash/fleet.ts";
import { createMessages } from "../crash/messages.ts";
import { createProcesses, type Running } from "../crash/processes.ts";
import { createWorld, type World } from "../crash/world.ts";
import type { OpenStores } from "../stores.ts";
import { createDelays } from "./delays.ts";
import { createPeople } from "./people.ts";
import { type Plan, requestOf } from "./plan.ts";
import { watchAttempts } from "./watch-attempts.ts";
import { watchStops } from "./watch-stops.ts";

const FLEET: Running["kind"][] = ["scheduler", "resolver", "sender", "sender"];

/** A world with a fleet of processes, in which one broadcast has just been asked for. */
export async function createScene(plan: Plan, open: OpenStores) {
  // Leases are renewed by timers, which belong to the world's time.
  const world = createWorld((ms) => vi.advanceTimersByTime(ms));
  const messages = createMessages(world);
  const opened = open(world, plan);
  await opened.begin(plan.documents);
  const request = requestOf(plan, world.now());
  const id = broadcastId(request.caller, request.idempotencyKey);
  const watch = watchStops(opened, id);
  const stores = { ...opened, broadcasts: watch.broadcasts, ledger: watch.ledger };
  const attempts = watchAttempts(watch.started);
  const fcm = createFcm(world, plan.seed, attempts);
  const start = createProcesses(world, messages, fcm, stores, plan);
  const { scheduler, replaceSender } = createFleet(world, FLEET, start);

  const scene = {
    id,
    plan,
    world,
    messages,
    fcm,
    stores,
    watch,
    attempts,
    delays: createDelays(plan.slow),
    /** What has happened, for whoever is to understand a fault. */
    story: [] as string[],
    replaceSender,
    people: createPeople(world, messages, stores, id),
    /** For commands that are no steps of the world. */
    outside: { ...stores, bus: messages.busOf(), now: world.now },

    submit(): void {
      scheduler()
        .submit(request)
        .catch(() => "the caller sends it again");
    },

    tick(): void {
      scheduler()
        .tick()
        .catch(() => "the next one makes up for it");
    },
  };
  scene.submit();
  // A deadline that passes before that is refused, and there is no broadcast.
  while (!watch.record()) await takeFirst(world);
  return scene;
}

async function takeFirst({ steps, settle }: World): Promise<void> {
  await steps()[0]?.take("done");
  await settle();
}

export type Scene = Awaited<ReturnType<typeof createScene>>;
