import { fileURLToPath } from "node:url";
import { dataFileIn } from "@fanfare/shared/sqlite/embedded";
import { createChild, SMALL_HEAP } from "../child.ts";
import { SERVICES } from "../embedded/services.ts";
import { watchDataFile } from "../watch-data-file.ts";
import { openStore, readDataSettings } from "./open.ts";
import { type OpenInstallation, type PlaceDeps, startChildren } from "./place.ts";

/** The pipeline on one data file, in the folder `data`, with so many processes that send. */
export function openDataFolder(data: string, deps: PlaceDeps, senders = 1): OpenInstallation {
  const store = openStore(readDataSettings({ data }));
  deps.closing.defer(() => store.close());
  const watch = watchDataFile(dataFileIn(data), { onGone: (reason) => deps.onDeath(reason, "data file") });
  deps.closing.defer(watch.close);
  return {
    store,
    async startServices(settings) {
      const main = fileURLToPath(import.meta.resolve("../embedded/service-process.ts"));
      const environment = { ...process.env, FANFARE_DATA: data, ...settings };
      const create = (name: string, service: string) =>
        createChild({
          name,
          main,
          args: [service],
          environment,
          execArgv: [...SMALL_HEAP, ...(deps.nodeOptions?.(name) ?? [])],
          onDeath: (reason) => deps.onDeath(reason, name),
          onLog: deps.onLog,
        });
      const children = Object.fromEntries(SERVICES.map((name) => [name, create(name, name)]));
      const more = Array.from({ length: senders - 1 }, (_, index) => `sender ${index + 2}`);
      for (const name of more) children[name] = create(name, "sender");
      return { children: await startChildren(children, deps), senders: ["sender", ...more], urls: {} };
    },
  };
}
