import { broadcastId } from "@fanfare/shared/domain/ids";
import { broadcastRequests } from "@fanfare/shared/events/broadcast-requests";
import { describeOnEmulators } from "@fanfare/shared/testing/emulators";
import { expect, onTestFinished, test } from "vitest";
import { startInstallation } from "../testing/emulated.ts";

/** Async hooks cost each promise of a process, and one that was switched on stays on. */

const REQUEST = { caller: "e2e", content: { title: "Hello", text: "World" }, audience: "all" };
const SERVICES = ["scheduler", "resolver", "sender"];
const PROBE = import.meta.resolve("../testing/async-hooks-probe.ts");

/** Brings a broadcast through, and gives what each service said of async hooks, sorted. */
async function hooksWhileSending(framework: boolean): Promise<string[]> {
  const installation = await startInstallation({
    framework,
    nodeOptions: () => ["--expose-internals", "--import", PROBE],
  });
  onTestFinished(() => installation.close());
  const { store, finished, simulator, logs } = installation;
  await store.bus.publish("broadcast-requests", [
    broadcastRequests.encode({ ...REQUEST, idempotencyKey: "hooks" }),
  ]);
  const { books } = await finished(broadcastId(REQUEST.caller, "hooks"));
  expect(books?.accepted).toBeGreaterThan(0);
  expect(simulator.control.stats().accepted).toBe(books?.accepted);
  return logs.filter((line) => line.startsWith("async hooks: ")).sort();
}

describeOnEmulators("async hooks", ["pubsub", "firestore"], () => {
  test("none is active while handlers run in any service that Pub/Sub pushes to", async () => {
    const told = await hooksWhileSending(false);
    const moments = ["http.server.request.start", "http.server.response.finish", "net.client.socket"];
    const all = moments.flatMap((moment) =>
      SERVICES.map((service) => `async hooks: ${moment} off in the ${service}`),
    );
    expect(told).toEqual(all.sort());
  });

  test("the functions framework switches them on, as it runs each request in a domain", async () => {
    const told = await hooksWhileSending(true);
    for (const service of SERVICES)
      expect(told).toContain(`async hooks: http.server.response.finish on in the ${service}`);
  });
});
