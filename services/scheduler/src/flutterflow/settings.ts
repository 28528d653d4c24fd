import { z } from "zod";
import type { AppLimits, Mode } from "./deps.ts";

/** What becomes of FlutterFlow's documents, as environment variables. */
export const flutterflowSettings = {
  /** Whether documents are sent and answered, or only checked beside the functions that FlutterFlow generates. */
  FANFARE_FLUTTERFLOW: z.enum(["on", "shadow"]).default("on"),
  /** Users that one notification of an app may list. */
  FANFARE_APP_MAX_USERS: z.coerce.number().int().min(1).default(1_000),
  /** Notifications that one user of an app may ask for within an hour. */
  FANFARE_APP_PER_HOUR: z.coerce.number().int().min(1).default(300),
};

const settings = z.object(flutterflowSettings);
export type FlutterFlowSettings = z.infer<typeof settings>;

/** What holds where nothing is set. */
export const flutterflowDefaults = flutterflowRules(settings.parse({}));

export function flutterflowRules(config: FlutterFlowSettings): { mode: Mode; limits: AppLimits } {
  return {
    mode: config.FANFARE_FLUTTERFLOW,
    limits: { maxUsers: config.FANFARE_APP_MAX_USERS, perHour: config.FANFARE_APP_PER_HOUR },
  };
}
