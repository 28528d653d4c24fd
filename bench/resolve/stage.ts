import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { audienceOf, seedRegistrations } from "@fanfare/demo/seed";
import { findEmulators } from "@fanfare/local/emulators/find";
import { startEmulators } from "@fanfare/local/emulators/start";
import { applyTopology } from "@fanfare/shared/bus/pubsub-topology";
import { ConfigError } from "@fanfare/shared/errors";
import { showProgress } from "@fanfare/terminal/progress";
import { openRegistrations, type Place } from "./place.ts";

/** A place with registrations in it. */
export interface Seeded {
  place: Place;
  /** Registrations that have an address, and the devices they are. */
  registrations: number;
  devices: number;
  /** What a process at this place is told by its environment. */
  environment: NodeJS.ProcessEnv;
}

/** Makes a folder for data files, which goes with `closing`. */
export async function openFolder(closing: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "fanfare-resolve-"));
  closing.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts the emulators, where they are found; they end with `closing`. @returns whether they run */
export async function openEmulators(closing: AsyncDisposableStack): Promise<boolean> {
  try {
    const emulators = await startEmulators(findEmulators());
    closing.defer(emulators.close);
    // Google's clients read these by themselves, in this process and in its children.
    Object.assign(process.env, {
      PUBSUB_EMULATOR_HOST: emulators.pubsubHost,
      FIRESTORE_EMULATOR_HOST: emulators.firestoreHost,
      METADATA_SERVER_DETECTION: "none",
    });
    return true;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(`Firestore is left out. ${error.message}`);
    return false;
  }
}

export async function seedSqlite(folder: string, count: number): Promise<Seeded> {
  const at = join(folder, String(count));
  await mkdir(at);
  return seed({ store: "sqlite", at }, count, { FANFARE_DATA: at });
}

export async function seedFirestore(count: number): Promise<Seeded> {
  const at = `bench-${randomUUID().slice(0, 18)}`;
  await applyTopology({ project: at, pull: ["resolver"], push: {} });
  return seed({ store: "firestore", at }, count, { FANFARE_PROJECT: at, FANFARE_CLOCK: "external" });
}

async function seed(place: Place, count: number, settings: NodeJS.ProcessEnv): Promise<Seeded> {
  const { put } = openRegistrations(place);
  const progress = showProgress(`seeding ${place.store}`, count, "registrations");
  const seeded = await seedRegistrations(put, count, "resolve", progress.update);
  progress.end();
  return {
    place,
    registrations: count - seeded.withoutAddress,
    devices: audienceOf(seeded, undefined).length,
    environment: { ...process.env, ...settings },
  };
}
