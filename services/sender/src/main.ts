import { openGoogle } from "@fanfare/shared/google/open";
import { hostAsFunctions } from "@fanfare/shared/hosting/functions-framework";
import { createLog } from "@fanfare/shared/hosting/log";
import { composeSender } from "./compose.ts";
import { readConfig } from "./config.ts";
import { createSender } from "./service.ts";

const config = readConfig();
const log = createLog("sender", config.FANFARE_LOG_LEVEL);
const store = openGoogle(config, log);
const { FANFARE_PROJECT: project, FANFARE_FCM_PROJECT: fcmProject = project } = config;
hostAsFunctions(
  createSender(composeSender(config, fcmProject, store, log)),
  { store, log, settings: config },
  (functions) => ({
    send: functions.named("send"),
    bury: functions.named("bury"),
  }),
);
