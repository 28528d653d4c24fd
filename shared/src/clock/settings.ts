import { z } from "zod";

export const clockSettings = {
  /**
   * Who publishes the ticks: a job of Cloud Scheduler that Fanfare makes and keeps in order, or something else that
   * you vouch for ("external").
   */
  FANFARE_CLOCK: z.enum(["cloud-scheduler", "external"]).default("cloud-scheduler"),
  /** The region of that job, such as us-central1. */
  FANFARE_REGION: z.string().min(1).optional(),
};

const settings = z.object(clockSettings);
export type ClockSettings = z.infer<typeof settings>;

/** Cloud Scheduler's jobs lie in a region. */
export function checkClock({ value, issues }: z.core.ParsePayload<ClockSettings>): void {
  if (value.FANFARE_CLOCK !== "cloud-scheduler" || value.FANFARE_REGION !== undefined) return;
  const message = "must name the region of the Cloud Scheduler job, unless FANFARE_CLOCK is external";
  issues.push({ code: "custom", input: value, path: ["FANFARE_REGION"], message });
}
