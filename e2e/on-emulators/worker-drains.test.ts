import { composeResolver } from "@fanfare/resolver/compose";
import * as resolver from "@fanfare/resolver/config";
import { startResolver } from "@fanfare/resolver/service";
import { composeScheduler } from "@fanfare/scheduler/compose";
import { config as schedulerConfig } from "@fanfare/scheduler/config";
import { startScheduler } from "@fanfare/scheduler/service";
import { applyTopology } from "@fanfare/shared/bus/pubsub-topology";
import { certainClock } from "@fanfare/shared/clock";
import { isFinished } from "@fanfare/shared/domain/broadcast";
import type { Chunk } from "@fanfare/shared/domain/chunk";
import { openGoogle } from "@fanfare/shared/google/open";
import { createLog } from "@fanfare/shared/hosting/log";
import { submit } from "@fanfare/shared/operations/submit";
import { describeOnEmulators, freshProject } from "@fanfare/shared/testing/emulators";
import { makeDocument } from "@fanfare/shared/testing/records";
import { createSimulator } from "@fanfare/simulator";
import { expect, test } from "vitest";
import { startSenderWorker } from "../testing/sender-worker.ts";

const DEVICES = 300;
/** As many as a broadcast begins with; the rest of the chunk waits for the first answers. */
const IN_FLIGHT = 8;
const REQUEST = {
  caller: "e2e",
  idempotencyKey: "drain",
  content: { title: "Hello", text: "World" },
  audience: "all",
};

describeOnEmulators("a worker that is asked to end", ["pubsub", "firestore"], () => {
  test("hands back what is in flight as unsure, and the next one finishes it", async () => {
    await using closing = new AsyncDisposableStack();
    const project = freshProject();
    const simulator = await createSimulator({ latency: { meanMs: 30_000 } });
    closing.defer(simulator.close);
    await applyTopology({ project });
    const { store, deps } = openServices(project, closing);
    const documents = Array.from({ length: DEVICES }, (_, n) => makeDocument(`u${n}`, `address-number-${n}`));
    await store.registrations.put(documents.map((one) => ({ ...one, createdAt: Date.now() - 60_000 })));
    const { id } = await submit(deps, REQUEST, "direct");

    const settings = {
      FANFARE_PROJECT: project,
      FANFARE_FCM_ENDPOINT: simulator.url,
      FANFARE_FCM_PROJECT: "demo",
      FANFARE_RETRY_SECONDS: "1",
    };
    const first = await startSenderWorker(settings);
    closing.defer(first.kill);
    await expect.poll(() => simulator.control.stats().inFlight, { timeout: 30_000 }).toBe(IN_FLIGHT);
    expect(await first.health()).toBe(200);
    const code = first.end();
    // Its last messages hold it up for seconds, and nobody answers them.
    await expect.poll(first.health, { timeout: 5_000 }).toBe(503);
    expect(await code).toBe(0);

    const chunk = await onlyChunk();
    const sent = [...simulator.control.log(id)].map(({ address }) => address);
    expect(sent).toHaveLength(IN_FLIGHT);
    expect(namesOf(chunk, chunk.progress.unsure)).toEqual(sent.toSorted());
    expect(chunk).toMatchObject({ state: "open", possibleRepeats: 0, progress: { outcomes: {} } });
    expect(chunk.progress.open).toHaveLength(DEVICES);
    expect(await store.ledger.standing(id)).toMatchObject({ leasedMembers: 0, open: DEVICES });

    simulator.control.setFaults({ latency: { meanMs: 0 } });
    const second = await startSenderWorker(settings);
    closing.defer(second.kill);
    const books = async () => {
      const broadcast = await store.broadcasts.get(id);
      return broadcast && isFinished(broadcast.phase) ? broadcast.books : null;
    };
    await expect.poll(books, { timeout: 60_000, interval: 250 }).not.toBeNull();
    expect(await books()).toMatchObject({
      resolved: DEVICES,
      accepted: DEVICES,
      possibleRepeats: IN_FLIGHT,
    });
    // What was in flight had reached FCM: each of them is a repeat, and nothing else is.
    expect(simulator.control.stats(id)).toMatchObject({ accepted: DEVICES + IN_FLIGHT, repeats: IN_FLIGHT });
    expect(await second.end()).toBe(0);

    async function onlyChunk(): Promise<Chunk> {
      const chunks = await Array.fromAsync(store.ledger.chunks(id));
      expect(chunks).toHaveLength(1);
      return chunks[0] as Chunk;
    }
  });
});

/** Everything but the sender, in this process. */
function openServices(project: string, closing: AsyncDisposableStack) {
  const settings = { FANFARE_PROJECT: project, FANFARE_CLOCK: "external" };
  const config = resolver.config.parse(settings);
  const log = createLog("e2e", "warn");
  const store = openGoogle(config, log);
  closing.defer(() => store.close());
  const deps = composeScheduler(schedulerConfig.parse(settings), store, certainClock, log);
  const services = [
    startScheduler({ ...deps, tickMs: 500 }),
    startResolver(composeResolver(config, store, log)),
  ];
  for (const service of services) closing.defer(() => service.close());
  return { store, deps };
}

function namesOf({ members }: Chunk, indexes: readonly number[]): string[] {
  return indexes.map((index) => members[index]?.address ?? "").toSorted();
}
