import { hostAsFunctions } from "@fanfare/shared/runtime/functions-framework";
import { openGoogle } from "@fanfare/shared/runtime/google";
import { createLog } from "@fanfare/shared/runtime/log";
import { http } from "@google-cloud/functions-framework";
import { composeResolver } from "./compose.ts";
import { readConfig } from "./config.ts";
import { createResolver } from "./service.ts";

const config = readConfig();
const log = createLog("resolver", config.FANFARE_LOG_LEVEL);
const store = openGoogle(config, log);
const functions = hostAsFunctions(createResolver(composeResolver(config, store, log)), {
  store,
  log,
  project: config.FANFARE_PROJECT,
  prefix: config.FANFARE_TOPIC_PREFIX,
});

http("resolve", functions.named("resolve"));
http("bury", functions.named("bury"));
