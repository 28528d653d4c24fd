import type { Clock } from "@fanfare/shared/clock";
import { checkClock, clockSettings } from "@fanfare/shared/clock/settings";
import { ConfigError, InvalidInput } from "@fanfare/shared/errors";
import { type GoogleSettings, googleSettings } from "@fanfare/shared/google/settings";
import { readEnvironment } from "@fanfare/shared/hosting/environment";
import type { Store } from "@fanfare/shared/store";
import { z } from "zod";

const settings = z.object(googleSettings);
const withClock = z.object({ ...googleSettings, ...clockSettings }).check(checkClock);

/** @throws InvalidInput for a project's id that is none; ConfigError that names every variable at fault */
export function readGoogleSettings(project: string): GoogleSettings {
  const { success } = googleSettings.FANFARE_PROJECT.safeParse(project);
  if (!success) throw new InvalidInput([{ field: "--project", message: "is not a project's id" }]);
  return readEnvironment(settings, environmentOf(project));
}

/**
 * Opens the records and topics of a project, on the emulators where their variables are set.
 * @throws TerminalError NOT_AUTHENTICATED
 */
export async function openGoogleStore(config: GoogleSettings): Promise<Store> {
  // Google's clients would look for a metadata server, which an emulator needs not.
  if (onEmulators()) process.env.METADATA_SERVER_DETECTION ??= "none";
  // Loaded here, as two thirds of every other command's start would be spent on it.
  const { openGoogle } = await import("@fanfare/shared/google/open");
  const { createLog } = await import("@fanfare/shared/hosting/log");
  const { findCredentials, openPubSub } = await import("@fanfare/shared/bus/pubsub-client");
  const client = openPubSub(config.FANFARE_PROJECT);
  await findCredentials(client).finally(() => client.close());
  return openGoogle(config, createLog("fanfare", config.FANFARE_LOG_LEVEL));
}

/** The clock of the project's scheduler: whoever submits for later makes sure of it as the scheduler does. */
export function createProjectClock(project: string): Clock {
  return {
    async ensure() {
      const { openClock } = await import("@fanfare/shared/clock/open");
      const clock = openClock(readEnvironment(withClock, environmentOf(project)));
      await clock.ensure().finally(clock.close);
    },
  };
}

/** Cloud Scheduler ticks no emulator: whoever runs one has another clock. */
function environmentOf(project: string): NodeJS.ProcessEnv {
  const clock = onEmulators() ? { FANFARE_CLOCK: "external" } : {};
  return { ...clock, ...process.env, FANFARE_PROJECT: project };
}

/** @throws ConfigError where half of the work would be done on the real thing */
function onEmulators(): boolean {
  const { PUBSUB_EMULATOR_HOST: pubsub, FIRESTORE_EMULATOR_HOST: firestore } = process.env;
  if (Boolean(pubsub) !== Boolean(firestore))
    throw new ConfigError("Set both PUBSUB_EMULATOR_HOST and FIRESTORE_EMULATOR_HOST, or none of them.");
  return Boolean(pubsub);
}
