import { openEmulators } from "@fanfare/local/installation/emulated";
import { type Broadcast, isFinished } from "@fanfare/shared/domain/broadcast";
import type { Store } from "@fanfare/shared/store";
import { freshProject } from "@fanfare/shared/testing/emulators";
import { createSimulator, type FaultsPatch } from "@fanfare/simulator";
import { PubSub } from "@google-cloud/pubsub";
import { expect } from "vitest";
import { findImbalances } from "./balance.ts";
import { type Device, makePopulation } from "./population.ts";

export interface InstallationOptions {
  /** Whether there is a function for the events of FlutterFlow's documents. */
  documents?: boolean;
  /** Whether Google's functions framework hosts what is pushed to. */
  framework?: boolean;
  /** Options of Node's for a process, by its name. */
  nodeOptions?: (name: string) => string[];
  /** Who is registered; a test may write its own. */
  population?: readonly Device[];
  faults?: FaultsPatch;
  /** More environment variables for every service. */
  settings?: Record<string, string>;
}

const CODES: Record<string, string> = {
  dead: "UNREGISTERED",
  foreign: "SENDER_ID_MISMATCH",
  malformed: "INVALID_ARGUMENT",
};
const DAY_MS = 86_400_000;

/** Few, for the emulator's every query looks at everything. */
export const POPULATION = makePopulation(300, Date.now() - DAY_MS);

export type Installation = Awaited<ReturnType<typeof startInstallation>>;

/** Every service in a process of its own, on a new project of the emulators, toward a simulator in this one. */
export async function startInstallation({
  documents = false,
  framework = false,
  nodeOptions = () => [],
  population = POPULATION,
  faults,
  settings,
}: InstallationOptions = {}) {
  await using opening = new AsyncDisposableStack();
  const project = freshProject();
  const logs: string[] = [];
  const deaths: Error[] = [];
  const simulator = opening.adopt(await createSimulator({ seed: "emulated", ...faults }), (one) =>
    one.close(),
  );
  const pubsub = opening.adopt(new PubSub({ projectId: project }), (client) => client.close());
  const { store, startServices } = await openEmulators(
    { project, senders: 1, pull: false, framework, documents },
    {
      closing: opening,
      onDeath: (reason) => deaths.push(reason),
      onLog: (line) => logs.push(line),
      nodeOptions,
    },
  );
  await store.registrations.put(population.map(({ document }) => document));
  const { urls } = await startServices({
    FANFARE_FCM_ENDPOINT: simulator.url,
    FANFARE_FCM_PROJECT: "demo",
    FANFARE_RETRY_SECONDS: "1",
    FANFARE_LEASE_SECONDS: "5",
    ...settings,
  });
  const closing = opening.move();

  /** Resolves with the broadcast when it has finished and owes nothing any more. */
  async function finished(id: string): Promise<Broadcast> {
    const read = async () => {
      if (deaths[0]) throw deaths[0];
      const broadcast = await store.broadcasts.get(id);
      return broadcast && isFinished(broadcast.phase) && broadcast.owes.length === 0 ? broadcast : null;
    };
    await expect.poll(read, { timeout: 60_000, interval: 250 }).not.toBeNull();
    return (await read()) as Broadcast;
  }

  return {
    project,
    store,
    simulator,
    /** Where functions listen, by their names. */
    urls,
    /** A client of the test's own, as another service would have one. */
    pubsub,
    /** Every line that a process has written to standard error. */
    logs,
    finished,
    /** Waits for a broadcast's end, and judges its ledger by the simulator's own log, address by address. */
    expectBalanced: async (id: string, isIn: (device: Device) => boolean) =>
      expectBalanced(store, await finished(id), isIn, simulator.control.log(id)),
    close: () => closing.disposeAsync(),
  };
}

async function expectBalanced(
  { ledger }: Store,
  { id, books }: Broadcast,
  isIn: (device: Device) => boolean,
  log: Iterable<{ address: string; accepted: number }>,
): Promise<NonNullable<Broadcast["books"]>> {
  if (!books) throw new Error("a finished broadcast has books");
  const accepted = new Map(Array.from(log, (line) => [line.address, line.accepted]));
  const natures = new Map(POPULATION.map(({ document, nature }) => [document.address, nature]));
  const audience = addressesOf(POPULATION.filter(isIn));
  const imbalances = findImbalances(await Array.fromAsync(ledger.chunks(id)), books, {
    audience,
    acceptedOf: (address) => accepted.get(address) ?? 0,
    codesOf: (address) => [CODES[natures.get(address) ?? ""] ?? ""],
  });
  expect(imbalances).toEqual([]);
  expect([...accepted.keys()].filter((address) => !audience.has(address))).toEqual([]);
  return books;
}

export function addressesOf(devices: readonly Device[]): Set<string> {
  return new Set(devices.flatMap(({ document }) => document.address ?? []));
}
