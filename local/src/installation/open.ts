import { existsSync } from "node:fs";
import { getSystemErrorMessage } from "node:util";
import { InvalidInput } from "@fanfare/shared/errors";
import type { GoogleSettings } from "@fanfare/shared/google/settings";
import { readEnvironment } from "@fanfare/shared/hosting/environment";
import type { CommonSettings } from "@fanfare/shared/hosting/settings";
import { dataFileIn, embeddedSettings, openEmbedded } from "@fanfare/shared/sqlite/embedded";
import type { Store } from "@fanfare/shared/store";
import { unlessAborted } from "@fanfare/terminal/interrupt";
import { z } from "zod";
import { watchDataFile } from "../watch-data-file.ts";
import { openGoogleStore, readGoogleSettings } from "./google.ts";

/**
 * Registrations come in the order of users and are indexed by addresses, which stand in none: each goes to another
 * page, which a small cache has just let go of.
 */
const CACHE_MB = 64;

const settings = z.object(embeddedSettings);
type Settings = z.infer<typeof settings>;

/** Which installation: the folder of a data file, by default the one that the settings name, or a project. */
export interface InstallationFlags {
  data?: string;
  project?: string;
}

/** The environment in which services on a data file run. */
export function environmentFor({ data }: InstallationFlags): NodeJS.ProcessEnv {
  if (data === "") throw new InvalidInput([{ field: "--data", message: "must name a folder" }]);
  return data === undefined ? process.env : { ...process.env, FANFARE_DATA: data };
}

export function readDataSettings(options: InstallationFlags): Settings {
  return readEnvironment(settings, environmentFor(options));
}

/** Null where the installation is a data file. @throws InvalidInput where two installations are named */
function readProjectSettings({ data, project }: InstallationFlags): GoogleSettings | null {
  if (project === undefined) return null;
  if (data === undefined) return readGoogleSettings(project);
  const message = "is for a data file, which an installation on a --project has not";
  throw new InvalidInput([{ field: "--data", message }]);
}

/** The settings of the installation, wherever it is. */
export function readSettings(options: InstallationFlags): CommonSettings {
  return readProjectSettings(options) ?? readDataSettings(options);
}

/** What the collections are called that registrations lie in: the installation's services read no others. */
export interface Names {
  usersCollection: string;
  tokensCollection: string;
}

export function readNames(options: InstallationFlags): Names {
  const settings = readSettings(options);
  return {
    usersCollection: settings.FANFARE_USERS_COLLECTION,
    tokensCollection: settings.FANFARE_TOKENS_COLLECTION,
  };
}

/** Whether there is a store already: that of a project always is, a data file has to be made. */
export function hasStore(options: InstallationFlags): boolean {
  if (readProjectSettings(options)) return true;
  return existsSync(dataFileIn(readDataSettings(options).FANFARE_DATA));
}

/** Opens the data file, and makes it and its folder where there is none. @throws InvalidInput if that cannot be. */
export function openStore(config: Settings): Store {
  try {
    return openEmbedded(config, CACHE_MB);
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error && "errno" in error)) throw error;
    const reason = getSystemErrorMessage(Number(error.errno));
    const message = `${config.FANFARE_DATA} cannot be the folder of the data file: ${reason}`;
    throw new InvalidInput([{ field: "--data", message }]);
  }
}

/**
 * Opens the installation's store, does the work, and closes it again, whatever happens.
 * @throws TerminalError DATA_FILE_GONE where the data file is deleted or replaced meanwhile
 */
export async function withStore<T>(
  options: InstallationFlags,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const onGoogle = readProjectSettings(options);
  return onGoogle ? withOpen(await openGoogleStore(onGoogle), work) : withDataFile(options, work);
}

/** A command that waits for a broadcast would otherwise wait for ever on a file that no service writes to. */
async function withDataFile<T>(options: InstallationFlags, work: (store: Store) => Promise<T>): Promise<T> {
  const config = readDataSettings(options);
  const store = openStore(config);
  const ending = new AbortController();
  const onGone = (reason: Error) => ending.abort(reason);
  const watch = watchDataFile(dataFileIn(config.FANFARE_DATA), { onGone });
  try {
    return await withOpen(store, (open) => unlessAborted(work(open), ending.signal));
  } finally {
    await watch.close();
  }
}

async function withOpen<T>(store: Store, work: (store: Store) => Promise<T>): Promise<T> {
  try {
    await store.sync();
    return await work(store);
  } finally {
    await store.close();
  }
}

/** As `withStore`, for commands that would find nothing in a new data file. @throws InvalidInput where there is none. */
export async function withExistingStore<T>(
  options: InstallationFlags,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  if (hasStore(options)) return withStore(options, work);
  const message = `there is no data file in ${readDataSettings(options).FANFARE_DATA}`;
  throw new InvalidInput([{ field: "--data", message }]);
}
