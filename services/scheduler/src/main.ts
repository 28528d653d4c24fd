import { hostAsFunctions } from "@fanfare/shared/runtime/functions-framework";
import { openGoogle } from "@fanfare/shared/runtime/google";
import { createLog } from "@fanfare/shared/runtime/log";
import { http } from "@google-cloud/functions-framework";
import { composeScheduler } from "./compose.ts";
import { readConfig } from "./config.ts";
import { handleDocumentEvent } from "./flutterflow/document-function.ts";
import { openClock } from "./open-clock.ts";
import { createScheduler } from "./service.ts";

const config = readConfig();
const log = createLog("scheduler", config.FANFARE_LOG_LEVEL);
const store = openGoogle(config, log);
const parts = composeScheduler(config, store, openClock(config), log);
const functions = hostAsFunctions(createScheduler(parts), {
  store,
  log,
  project: config.FANFARE_PROJECT,
  prefix: config.FANFARE_TOPIC_PREFIX,
});

http("tick", functions.named("tick"));
http("submit", functions.named("submit"));
http("bury", functions.named("bury"));
http("documents", functions.serving(handleDocumentEvent.bind(null, parts)));
