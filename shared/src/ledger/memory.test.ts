import { createSqliteBroadcasts } from "../broadcasts/sqlite.ts";
import { createClock } from "../testing/clock.ts";
import { createDataFile } from "../testing/data-file.ts";
import { describeLedgerContract } from "./contract.ts";
import { createMemoryLedger } from "./memory.ts";
import { createGates } from "./sqlite.ts";

describeLedgerContract("memory", async (timing) => {
  const { database, close } = createDataFile();
  const { now, advance } = createClock();
  return {
    ledger: createMemoryLedger({ isGated: createGates(database), now, timing }),
    broadcasts: createSqliteBroadcasts(database),
    advance,
    close,
  };
});
