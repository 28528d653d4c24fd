import { readFileSync } from "node:fs";
import { ConfigError } from "@fanfare/shared/errors";
import type { TestProject } from "vitest/node";
import { type FoundEmulators, findEmulators } from "../emulators/find.ts";
import { startEmulators } from "../emulators/start.ts";

/** What a test file calls that needs emulators (see `shared/src/testing/emulators.ts`). */
const NEEDS_THEM = "describeOnEmulators(";

/**
 * Starts one pair of emulators for the whole run, where a test file that is to run needs them, and ends it with the
 * run. Where they are not installed it says so, and their tests are skipped; REQUIRE_EMULATORS makes that an error.
 */
export default async function startForTests({
  vitest,
}: TestProject): Promise<(() => Promise<void>) | undefined> {
  // Watching may come to any file later, and this runs only once.
  const files = vitest.config.watch
    ? (await vitest.globTestSpecifications()).map(({ moduleId }) => moduleId)
    : vitest.state.getPaths();
  if (!files.some((file) => readFileSync(file, "utf8").includes(NEEDS_THEM))) return undefined;
  const found = find();
  if (!found) return undefined;
  const { pubsubHost, firestoreHost, close } = await startEmulators(found);
  const before = { ...process.env };
  // The workers inherit these.
  Object.assign(process.env, { PUBSUB_EMULATOR_HOST: pubsubHost, FIRESTORE_EMULATOR_HOST: firestoreHost });
  return async () => {
    // A change of the configuration makes a watching Vitest set everything up anew.
    for (const name of ["PUBSUB_EMULATOR_HOST", "FIRESTORE_EMULATOR_HOST"])
      if (before[name] === undefined) delete process.env[name];
    await close();
  };
}

function find(): FoundEmulators | null {
  try {
    return findEmulators();
  } catch (error) {
    if (!(error instanceof ConfigError) || process.env.REQUIRE_EMULATORS) throw error;
    console.warn(`Tests on the emulators are skipped. ${error.message}\n`);
    return null;
  }
}
