import { composeResolver } from "@fanfare/resolver/compose";
import { config as resolverConfig } from "@fanfare/resolver/config";
import { createResolver } from "@fanfare/resolver/service";
import { composeScheduler } from "@fanfare/scheduler/compose";
import { config as schedulerConfig } from "@fanfare/scheduler/config";
import { createScheduler } from "@fanfare/scheduler/service";
import { composeSender } from "@fanfare/sender/compose";
import { config as senderConfig } from "@fanfare/sender/config";
import { createSender } from "@fanfare/sender/service";
import { applyTopology } from "@fanfare/shared/bus/pubsub-topology";
import { servicesOf } from "@fanfare/shared/bus/topology";
import { certainClock } from "@fanfare/shared/clock";
import { broadcastId } from "@fanfare/shared/domain/ids";
import { broadcastRequests } from "@fanfare/shared/events/broadcast-requests";
import { openGoogle } from "@fanfare/shared/google/open";
import { readEnvironment } from "@fanfare/shared/hosting/environment";
import { createLog } from "@fanfare/shared/hosting/log";
import { servePushes } from "@fanfare/shared/hosting/push-host";
import type { Store } from "@fanfare/shared/store";
import { describeOnEmulators, freshProject } from "@fanfare/shared/testing/emulators";
import { createSimulator } from "@fanfare/simulator";
import { expect, test } from "vitest";
import { makePopulation } from "../testing/population.ts";

/** Which process hosts which service is up to the code that composes it: services meet only through ports. */

const REQUEST = {
  caller: "e2e",
  idempotencyKey: "one",
  content: { title: "Hello", text: "World" },
  audience: "all",
};
const POPULATION = makePopulation(60, Date.now() - 86_400_000);
const log = createLog("fanfare", "silent");

function compose(env: NodeJS.ProcessEnv, store: Store) {
  const sender = composeSender(readEnvironment(senderConfig, env), "demo", store, log);
  return [
    createScheduler(composeScheduler(readEnvironment(schedulerConfig, env), store, certainClock, log)),
    createResolver(composeResolver(readEnvironment(resolverConfig, env), store, log)),
    createSender(sender),
  ];
}

describeOnEmulators("scheduler, resolver and sender in one process", ["pubsub", "firestore"], () => {
  test("take all their pushes at one place, and bring a broadcast through", async () => {
    await using closing = new AsyncDisposableStack();
    const simulator = closing.adopt(await createSimulator({ seed: "one" }), (one) => one.close());
    const env = {
      ...process.env,
      FANFARE_PROJECT: freshProject(),
      FANFARE_CLOCK: "external",
      FANFARE_FCM_ENDPOINT: simulator.url,
      FANFARE_RETRY_SECONDS: "1",
      PORT: "0",
    };
    const settings = readEnvironment(schedulerConfig, env);
    const store = closing.adopt(openGoogle(settings, log), (one) => one.close());
    await store.registrations.put(POPULATION.map(({ document }) => document));
    const server = await servePushes(compose(env, store), { store, log, settings });
    closing.defer(server.close);
    closing.defer(server.work.close);
    const endpoint = `http://127.0.0.1:${server.port}/`;
    const push = Object.fromEntries(servicesOf().map((service) => [service, { endpoint }]));
    await applyTopology({ project: env.FANFARE_PROJECT, push });

    await store.bus.publish("broadcast-requests", [broadcastRequests.encode(REQUEST)]);
    const read = () => store.broadcasts.get(broadcastId(REQUEST.caller, REQUEST.idempotencyKey));
    await expect
      .poll(read, { timeout: 60_000, interval: 250 })
      .toMatchObject({ phase: "succeeded", owes: [], books: { open: 0 } });
    const accepted = (await read())?.books?.accepted;
    expect(accepted).toBeGreaterThan(0);
    expect(simulator.control.stats().accepted).toBe(accepted);
  });
});
