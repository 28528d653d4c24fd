import { existsSync, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { getSystemErrorMessage } from "node:util";
import { InvalidInput } from "@fanfare/shared/errors";
import { embeddedSettings, openEmbedded } from "@fanfare/shared/runtime/embedded";
import { readEnvironment } from "@fanfare/shared/runtime/environment";
import type { Store } from "@fanfare/shared/runtime/store";
import type { Command } from "commander";
import { z } from "zod";

const settings = z.object(embeddedSettings);
type Settings = z.infer<typeof settings>;

export interface CommonOptions {
  data?: string;
  json?: boolean;
}

export const DATA_HELP = "folder of the data file (default: $FANFARE_DATA or .fanfare)";
export const JSON_HELP = "print JSON for programs instead of text";

/** The options that every command on a data file has. */
export function withCommonOptions(command: Command): Command {
  return command.option("--data <dir>", DATA_HELP).option("--json", JSON_HELP);
}

/** The environment in which services of this installation run. */
export function environmentFor({ data }: CommonOptions): NodeJS.ProcessEnv {
  if (data === "") throw new InvalidInput([{ field: "--data", message: "must name a folder" }]);
  return data === undefined ? process.env : { ...process.env, FANFARE_DATA: data };
}

export function readSettings(options: CommonOptions): Settings {
  return readEnvironment(settings, environmentFor(options));
}

export function hasDataFile(options: CommonOptions): boolean {
  return existsSync(join(readSettings(options).FANFARE_DATA, "fanfare.db"));
}

/** Opens the data file, and makes it and its folder where there is none. @throws InvalidInput if that cannot be. */
export function openStore(config: Settings): Store {
  try {
    makeFolder(resolve(config.FANFARE_DATA));
    return openEmbedded(config);
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error && "errno" in error)) throw error;
    const reason = getSystemErrorMessage(Number(error.errno));
    const message = `${config.FANFARE_DATA} cannot be the folder of the data file: ${reason}`;
    throw new InvalidInput([{ field: "--data", message }]);
  }
}

/** One level at a time: Node's own recursion never ends below a folder that takes no others, such as /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process may have been quicker.
    if (!existsSync(path)) throw error;
  }
}

/** Opens the data file, does the work, and closes it again, whatever happens. */
export async function withStore<T>(options: CommonOptions, work: (store: Store) => Promise<T>): Promise<T> {
  const store = openStore(readSettings(options));
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** As `withStore`, for commands that would find nothing in a new data file. @throws InvalidInput where there is none. */
export async function withExistingStore<T>(
  options: CommonOptions,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  if (hasDataFile(options)) return withStore(options, work);
  const message = `there is no data file in ${readSettings(options).FANFARE_DATA}`;
  throw new InvalidInput([{ field: "--data", message }]);
}
