import { embeddedSettings, openEmbedded, type Store } from "@fanfare/shared/runtime/embedded";
import { readEnvironment } from "@fanfare/shared/runtime/environment";
import type { Command } from "commander";
import { z } from "zod";

const settings = z.object(embeddedSettings);

export interface CommonOptions {
  data?: string;
  json?: boolean;
}

/** The options that every command on a data file has. */
export function withCommonOptions(command: Command): Command {
  return command
    .option("--data <dir>", "folder of the data file (default: $FANFARE_DATA or .fanfare)")
    .option("--json", "print JSON for programs instead of text");
}

/** The environment in which services of this installation run. */
export function environmentFor({ data }: CommonOptions): NodeJS.ProcessEnv {
  return data === undefined ? process.env : { ...process.env, FANFARE_DATA: data };
}

export function readSettings(options: CommonOptions): z.infer<typeof settings> {
  return readEnvironment(settings, environmentFor(options));
}

/** Opens the data file, does the work, and closes it again, whatever happens. */
export async function withStore<T>(options: CommonOptions, work: (store: Store) => Promise<T>): Promise<T> {
  const store = openEmbedded(readSettings(options));
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
