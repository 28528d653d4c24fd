import { applyTopology } from "@fanfare/shared/bus/pubsub-topology";
import { broadcastId } from "@fanfare/shared/domain/ids";
import { broadcastRequests } from "@fanfare/shared/events/broadcast-requests";
import { describeOnEmulators } from "@fanfare/shared/testing/emulators";
import { afterEach, expect, test } from "vitest";
import { type Installation, startInstallation } from "../testing/emulated.ts";

const REQUEST = {
  caller: "e2e",
  idempotencyKey: "lost",
  content: { title: "Hello", text: "World" },
  audience: "all",
};

describeOnEmulators("every message about a chunk is lost", ["pubsub", "firestore"], () => {
  let installation: Installation;
  afterEach(() => installation?.close());

  test("and the broadcast finishes with whole books all the same", async () => {
    installation = await startInstallation({ settings: { FANFARE_NEVER_CLAIMED_SECONDS: "3" } });
    const { project, pubsub, store, simulator, expectBalanced } = installation;
    const chunks = pubsub.subscription("sender.chunks");
    const [{ pushConfig }] = await chunks.getMetadata();
    await chunks.delete();

    await store.bus.publish("broadcast-requests", [broadcastRequests.encode(REQUEST)]);
    const id = broadcastId(REQUEST.caller, REQUEST.idempotencyKey);
    const isResolved = async () => {
      const ranges = await store.ledger.ranges(id);
      return ranges.length > 0 && ranges.every(({ state }) => state === "closed");
    };
    await expect.poll(isResolved, { timeout: 60_000, interval: 250 }).toBe(true);
    expect((await store.ledger.standing(id)).openChunks).toBeGreaterThan(0);
    expect(simulator.control.stats().attempts).toBe(0);

    const endpoint = pushConfig?.pushEndpoint ?? "";
    const changes = await applyTopology({ project, push: { sender: { endpoint } } });
    expect(changes.map(({ action, name }) => `${action} ${name}`)).toEqual(["created sender.chunks"]);
    await expectBalanced(id, () => true);
  });
});
