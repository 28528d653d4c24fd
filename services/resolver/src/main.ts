import { openEmbedded } from "@fanfare/shared/runtime/embedded";
import { runService } from "@fanfare/shared/runtime/process";
import { composeResolver } from "./compose.ts";
import { readConfig } from "./config.ts";

const config = readConfig();
const store = openEmbedded(config);
runService([composeResolver(config, store), store]);
