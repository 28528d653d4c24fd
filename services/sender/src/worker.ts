import { openGoogle } from "@fanfare/shared/google/open";
import { createHealth } from "@fanfare/shared/hosting/health";
import { createLog } from "@fanfare/shared/hosting/log";
import { runService } from "@fanfare/shared/hosting/process";
import { hostOnBus } from "@fanfare/shared/hosting/service";
import { watchClock } from "@fanfare/shared/hosting/watch-clock";
import { composeSender } from "./compose.ts";
import { readWorkerConfig } from "./config.ts";
import { createSender } from "./service.ts";

// The sender on streaming pull, for large fleets: its subscriptions must not push.
const config = readWorkerConfig();
const log = createLog("sender", config.FANFARE_LOG_LEVEL);
const { FANFARE_PROJECT: project, FANFARE_FCM_PROJECT: fcmProject = project } = config;
const health = await createHealth(config.PORT);
const store = openGoogle(config, log);
const sender = hostOnBus(createSender(composeSender(config, fcmProject, store, log)), {
  bus: store.bus,
  sync: store.sync,
  log,
});
const clock = watchClock("sender", { ...store, log });
runService([health.draining, sender, clock, store, health]);
