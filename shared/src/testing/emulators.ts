import { randomUUID } from "node:crypto";
import { describe } from "vitest";

/** How a person gets what these tests need; the test run starts emulators by itself where it finds them. */
const HOW_TO_START =
  "gcloud components install pubsub-emulator cloud-firestore-emulator && REQUIRE_EMULATORS=1 npm test";

export type Emulator = "pubsub" | "firestore";

/** The variable that says where each emulator listens: the name is Google's own, and its clients read it too. */
export const EMULATOR_HOST = {
  pubsub: "PUBSUB_EMULATOR_HOST",
  firestore: "FIRESTORE_EMULATOR_HOST",
} as const;

/**
 * A suite that needs emulators: skipped, with the command that would run it, where they are missing. The test file
 * itself must call it: by that the test run knows to start emulators.
 */
export function describeOnEmulators(name: string, needed: readonly Emulator[], define: () => void): void {
  const missing = needed.filter((emulator) => !process.env[EMULATOR_HOST[emulator]]);
  if (missing.length > 0 && process.env.REQUIRE_EMULATORS)
    throw new Error(`${name}: the emulators are required and not there: ${missing.join(", ")}`);
  const title = missing.length === 0 ? name : `${name} (skipped; to run it: ${HOW_TO_START})`;
  describe.skipIf(missing.length > 0)(title, define);
}

/** A project of one's own on the emulators: nothing of another test is in it. */
export function freshProject(): string {
  return `test-${randomUUID().slice(0, 18)}`;
}
