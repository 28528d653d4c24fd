import { checkClock, clockSettings } from "@fanfare/shared/clock/settings";
import { readEnvironment } from "@fanfare/shared/hosting/environment";
import { functionSettings } from "@fanfare/shared/hosting/push-settings";
import { z } from "zod";
import { flutterflowSettings } from "./flutterflow/settings.ts";

/** The settings of a scheduler with a timer of its own, on one machine. */
export const timerSettings = {
  /** How often the timer ticks. */
  FANFARE_TICK_SECONDS: z.coerce.number().positive().default(1),
};

export const config = z
  .object({ ...functionSettings, ...flutterflowSettings, ...clockSettings })
  .check(checkClock);

export type SchedulerConfig = z.infer<typeof config>;

export const readConfig = () => readEnvironment(config);
