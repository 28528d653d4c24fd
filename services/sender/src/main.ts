import { openGoogle } from "@fanfare/shared/google/open";
import { hostService } from "@fanfare/shared/hosting/host-service";
import { createLog } from "@fanfare/shared/hosting/log";
import { composeSender } from "./compose.ts";
import { readConfig } from "./config.ts";
import { createSender } from "./service.ts";

const config = readConfig();
const log = createLog("sender", config.FANFARE_LOG_LEVEL);
const store = openGoogle(config, log);
const { FANFARE_PROJECT: project, FANFARE_FCM_PROJECT: fcmProject = project } = config;
await hostService(createSender(composeSender(config, fcmProject, store, log)), {
  store,
  log,
  settings: config,
});
