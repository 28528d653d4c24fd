import { fileURLToPath } from "node:url";
import { createChild, SMALL_HEAP } from "../child.ts";
import { SERVICES } from "../embedded/services.ts";
import { openStore, readDataSettings } from "../store.ts";
import { type Place, type PlaceDeps, startChildren } from "./place.ts";

/** The pipeline on one data file, in the folder `data`. */
export function openDataFolder(data: string, deps: PlaceDeps): Place {
  const store = openStore(readDataSettings({ data }));
  deps.closing.defer(() => store.close());
  return {
    store,
    async startServices(settings) {
      const main = fileURLToPath(import.meta.resolve("../embedded/service-process.ts"));
      const environment = { ...process.env, FANFARE_DATA: data, ...settings };
      const start = (name: string) =>
        createChild({
          name,
          main,
          args: [name],
          environment,
          execArgv: SMALL_HEAP,
          onDeath: (reason) => deps.onDeath(reason, name),
        });
      const children = Object.fromEntries(SERVICES.map((name) => [name, start(name)]));
      return { children: await startChildren(children, deps), senders: ["sender"], urls: {} };
    },
  };
}
