import { ticks } from "@fanfare/shared/events/ticks";
import type { Service } from "@fanfare/shared/hosting/service";
import { type Clock, certainClock } from "./clock.ts";
import { createCloudSchedulerClock } from "./cloud-scheduler.ts";
import type { SchedulerConfig } from "./config.ts";

/** The clock that the settings ask for: a job of Cloud Scheduler, or whatever somebody vouches for. */
export function openClock(config: SchedulerConfig): Clock & Service {
  const { FANFARE_PROJECT: project, FANFARE_TOPIC_PREFIX: prefix, FANFARE_REGION: region } = config;
  if (config.FANFARE_CLOCK === "external" || region === undefined)
    return { ...certainClock, close: async () => {} };
  const name = `${prefix}fanfare-tick`;
  return createCloudSchedulerClock({ project, region, topic: prefix + ticks.topic, name });
}
