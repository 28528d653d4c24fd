import { hostAsFunctions } from "@fanfare/shared/runtime/functions-framework";
import { openGoogle } from "@fanfare/shared/runtime/google";
import { createLog } from "@fanfare/shared/runtime/log";
import { http } from "@google-cloud/functions-framework";
import { composeSender } from "./compose.ts";
import { readConfig } from "./config.ts";
import { createSender } from "./service.ts";

const config = readConfig();
const log = createLog("sender", config.FANFARE_LOG_LEVEL);
const store = openGoogle(config, log);
const { FANFARE_PROJECT: project, FANFARE_FCM_PROJECT: fcmProject = project } = config;
const functions = hostAsFunctions(createSender(composeSender(config, fcmProject, store, log)), {
  store,
  log,
  project,
  prefix: config.FANFARE_TOPIC_PREFIX,
});

http("send", functions.named("send"));
http("bury", functions.named("bury"));
