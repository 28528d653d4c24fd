import { embeddedSettings } from "@fanfare/shared/runtime/embedded";
import { readEnvironment } from "@fanfare/shared/runtime/environment";
import { z } from "zod";

export const config = z.object({
  ...embeddedSettings,
  /** How often the timer ticks. */
  FANFARE_TICK_SECONDS: z.coerce.number().positive().default(1),
});

export type SchedulerConfig = z.infer<typeof config>;

export const readConfig = () => readEnvironment(config);
