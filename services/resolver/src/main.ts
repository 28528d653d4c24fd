import { openGoogle } from "@fanfare/shared/google/open";
import { hostService } from "@fanfare/shared/hosting/host-service";
import { createLog } from "@fanfare/shared/hosting/log";
import { composeResolver } from "./compose.ts";
import { readConfig } from "./config.ts";
import { createResolver } from "./service.ts";

const config = readConfig();
const log = createLog("resolver", config.FANFARE_LOG_LEVEL);
const store = openGoogle(config, log);
await hostService(createResolver(composeResolver(config, store, log)), { store, log, settings: config });
