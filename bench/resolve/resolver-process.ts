import { embeddedConfig } from "@fanfare/local/embedded/services";
import { composeResolver } from "@fanfare/resolver/compose";
import { config } from "@fanfare/resolver/config";
import { startResolver } from "@fanfare/resolver/service";
import { openGoogle } from "@fanfare/shared/google/open";
import { readEnvironment } from "@fanfare/shared/hosting/environment";
import { createLog } from "@fanfare/shared/hosting/log";
import { runService } from "@fanfare/shared/hosting/process";
import type { Ledger } from "@fanfare/shared/ledger";
import { openEmbedded } from "@fanfare/shared/sqlite/embedded";
import type { Store } from "@fanfare/shared/store";

// The resolver with everything it does, pulling from its bus: node resolver-process.ts firestore|sqlite. Its parent is
// told of each range that it closes, so that nobody need ask the store.
const log = createLog("resolver", "warn");

function open(): { settings: Parameters<typeof composeResolver>[0]; store: Store } {
  if (process.argv[2] === "sqlite") {
    const settings = readEnvironment(embeddedConfig);
    return { settings, store: openEmbedded(settings) };
  }
  const settings = readEnvironment(config);
  return { settings, store: openGoogle(settings, log) };
}

/** What the parent is told: how many ranges are to be closed yet, at least. */
export interface Closed {
  type: "closed";
  open: number;
}

function told(ledger: Ledger): Ledger {
  let open = 1;
  return {
    ...ledger,
    async cutRange(id, epoch, bounds) {
      const written = await ledger.cutRange(id, epoch, bounds);
      if (written === "done") open += bounds.length + 1;
      return written;
    },
    async closeRange(...request) {
      const written = await ledger.closeRange(...request);
      if (written === "done") open -= 1;
      process.send?.({ type: "closed", open } satisfies Closed);
      return written;
    },
  };
}

const { settings, store } = open();
runService([startResolver(composeResolver(settings, { ...store, ledger: told(store.ledger) }, log)), store]);
