import { hostAsFunctions } from "@fanfare/shared/runtime/functions-framework";
import { openGoogle } from "@fanfare/shared/runtime/google";
import { createLog } from "@fanfare/shared/runtime/log";
import { http } from "@google-cloud/functions-framework";
import { composeScheduler } from "./compose.ts";
import { readConfig } from "./config.ts";
import { openClock } from "./open-clock.ts";
import { createScheduler } from "./service.ts";

const config = readConfig();
const log = createLog("scheduler", config.FANFARE_LOG_LEVEL);
const store = openGoogle(config, log);
const scheduler = createScheduler(composeScheduler(config, store, openClock(config), log));
const functions = hostAsFunctions(scheduler, {
  store,
  log,
  project: config.FANFARE_PROJECT,
  prefix: config.FANFARE_TOPIC_PREFIX,
});

http("tick", functions("tick"));
http("submit", functions("submit"));
http("bury", functions("bury"));
