import { ownerOf } from "@fanfare/shared/domain/registration";
import type { OpenStores } from "../stores.ts";
import { createFcm } from "./fcm.ts";
import { createFleet } from "./fleet.ts";
import { createMessages } from "./messages.ts";
import { type Plan, requestsOf } from "./plan.ts";
import { createProcesses, type Running } from "./processes.ts";
import { createWorld } from "./world.ts";

/** Two processes that resolve and two that send, so that they get in each other's way. */
const FLEET: Running["kind"][] = ["scheduler", "resolver", "resolver", "sender", "sender"];

/** A world with its stores, its FCM and a fleet of processes. */
export async function createScene(plan: Plan, open: OpenStores, onAdvance: (ms: number) => void) {
  const world = createWorld(onAdvance);
  const messages = createMessages(world);
  const fcm = createFcm(world, plan.seed);
  const stores = open(world, {});
  const start = createProcesses(world, messages, fcm, stores, { rangeSize: plan.rangeSize });
  const { scheduler, replaceSender } = createFleet(world, FLEET, start);
  const requests = requestsOf(plan, world.start);
  /** The id that each request was answered with. */
  const answers = new Map<number, string>();
  /** When each document came, in the time of registrations. */
  const arrivals = new Map(plan.documents.map(({ path }) => [path, world.now()]));

  await stores.registrations.put(plan.documents);
  await world.advance(1_000);

  return {
    world,
    messages,
    fcm,
    stores,
    answers,
    arrivals,
    requests,
    replaceSender,
    /** For a person's commands, which are no steps of the world. */
    outside: { ...stores, bus: messages.busOf(), now: world.now },

    submit(which: number): void {
      const index = which % requests.length;
      const answer = scheduler().submit(requests[index]);
      answer.then(
        (id) => answers.set(index, id),
        () => "the caller sends it again",
      );
    },

    tick(): void {
      scheduler()
        .tick()
        .catch(() => "the next one makes up for it");
    },

    /** The next of those who come late registers. */
    async arrive(): Promise<void> {
      const document = plan.latecomers.find(({ path }) => !arrivals.has(path));
      if (!document) return;
      await world.advance(1);
      await stores.registrations.put([document]);
      const [{ createdAt = 0 } = {}] = await stores.registrations.readOwned([ownerOf(document.path)]);
      arrivals.set(document.path, createdAt);
    },

    close: () => stores.close(),
  };
}

export type Scene = Awaited<ReturnType<typeof createScene>>;
