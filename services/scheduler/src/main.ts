import { openEmbedded } from "@fanfare/shared/runtime/embedded";
import { runService } from "@fanfare/shared/runtime/process";
import { composeScheduler } from "./compose.ts";
import { readConfig } from "./config.ts";

const config = readConfig();
const store = openEmbedded(config);
runService([composeScheduler(config, store), store]);
