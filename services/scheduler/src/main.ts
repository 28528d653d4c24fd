import { ticks } from "@fanfare/shared/events/ticks";
import { hostAsFunctions } from "@fanfare/shared/runtime/functions-framework";
import { openGoogle } from "@fanfare/shared/runtime/google";
import { createLog } from "@fanfare/shared/runtime/log";
import { http } from "@google-cloud/functions-framework";
import { certainClock } from "./clock.ts";
import { createCloudSchedulerClock } from "./cloud-scheduler.ts";
import { composeScheduler } from "./compose.ts";
import { readConfig } from "./config.ts";
import { createScheduler } from "./service.ts";

const config = readConfig();
const { FANFARE_PROJECT: project, FANFARE_TOPIC_PREFIX: prefix, FANFARE_REGION: region } = config;
const log = createLog("scheduler", config.FANFARE_LOG_LEVEL);
const store = openGoogle(config, log);
const clock =
  config.FANFARE_CLOCK === "cloud-scheduler" && region !== undefined
    ? createCloudSchedulerClock({
        project,
        region,
        topic: prefix + ticks.topic,
        name: `${prefix}fanfare-tick`,
      })
    : certainClock;
const scheduler = createScheduler(composeScheduler(config, store, clock, log));
const functions = hostAsFunctions(scheduler, { store, log, project, prefix });

http("tick", functions("tick"));
http("submit", functions("submit"));
http("bury", functions("bury"));
