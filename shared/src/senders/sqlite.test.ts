import { createClock } from "../testing/clock.ts";
import { createDataFile } from "../testing/data-file.ts";
import { describeSendersContract } from "./contract.ts";
import { createSqliteSenders } from "./sqlite.ts";

describeSendersContract("SQLite", async () => {
  const data = createDataFile();
  const { now, advance } = createClock();
  return { senders: createSqliteSenders(data.database, now), advance, close: data.close };
});
