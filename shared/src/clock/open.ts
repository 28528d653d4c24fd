import { ticks } from "../events/ticks.ts";
import type { GoogleSettings } from "../google/settings.ts";
import type { Service } from "../hosting/service.ts";
import { createCloudSchedulerClock } from "./cloud-scheduler.ts";
import { type Clock, certainClock } from "./index.ts";
import type { ClockSettings } from "./settings.ts";

/** The clock that the settings ask for: a job of Cloud Scheduler, or whatever somebody vouches for. */
export function openClock(
  config: ClockSettings & Pick<GoogleSettings, "FANFARE_PROJECT" | "FANFARE_TOPIC_PREFIX">,
): Clock & Service {
  const { FANFARE_PROJECT: project, FANFARE_TOPIC_PREFIX: prefix, FANFARE_REGION: region } = config;
  if (config.FANFARE_CLOCK === "external" || region === undefined)
    return { ...certainClock, close: async () => {} };
  const name = `${prefix}fanfare-tick`;
  return createCloudSchedulerClock({ project, region, topic: prefix + ticks.topic, name });
}
