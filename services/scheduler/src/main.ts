import { openClock } from "@fanfare/shared/clock/open";
import { openGoogle } from "@fanfare/shared/google/open";
import { hostService } from "@fanfare/shared/hosting/host-service";
import { createLog } from "@fanfare/shared/hosting/log";
import { composeScheduler } from "./compose.ts";
import { readConfig } from "./config.ts";
import { handleDocumentEvent, TAKES_DOCUMENTS } from "./flutterflow/document-function.ts";
import { createScheduler } from "./service.ts";

const config = readConfig();
const log = createLog("scheduler", config.FANFARE_LOG_LEVEL);
const store = openGoogle(config, log);
const parts = composeScheduler(config, store, openClock(config), log);
await hostService(createScheduler(parts), { store, log, settings: config }, (functions) => ({
  documents: functions.serving(handleDocumentEvent.bind(null, parts), TAKES_DOCUMENTS),
}));
