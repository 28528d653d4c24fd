import { readEnvironment } from "@fanfare/shared/hosting/environment";
import { functionSettings } from "@fanfare/shared/hosting/push-settings";
import { z } from "zod";
import { flutterflowSettings } from "./flutterflow/settings.ts";

/** The settings of a scheduler with a timer of its own, on one machine. */
export const timerSettings = {
  /** How often the timer ticks. */
  FANFARE_TICK_SECONDS: z.coerce.number().positive().default(1),
};

export const settings = {
  /**
   * Who publishes the ticks: a job of Cloud Scheduler that Fanfare makes and keeps in order, or something else that
   * you vouch for ("external").
   */
  FANFARE_CLOCK: z.enum(["cloud-scheduler", "external"]).default("cloud-scheduler"),
  /** The region of that job, such as us-central1. */
  FANFARE_REGION: z.string().min(1).optional(),
};

export const config = z
  .object({ ...functionSettings, ...flutterflowSettings, ...settings })
  .check(({ value, issues }) => {
    if (value.FANFARE_CLOCK !== "cloud-scheduler" || value.FANFARE_REGION !== undefined) return;
    const message = "must name the region of the Cloud Scheduler job, unless FANFARE_CLOCK is external";
    issues.push({ code: "custom", input: value, path: ["FANFARE_REGION"], message });
  });

export type SchedulerConfig = z.infer<typeof config>;

export const readConfig = () => readEnvironment(config);
