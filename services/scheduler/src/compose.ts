import type { Clock } from "@fanfare/shared/clock";
import { createLog, type Log } from "@fanfare/shared/hosting/log";
import { longestMsOf } from "@fanfare/shared/hosting/settings";
import { CATCH_UP_MS } from "@fanfare/shared/operations/submit";
import type { Store } from "@fanfare/shared/store";
import { type FlutterFlowSettings, flutterflowRules } from "./flutterflow/settings.ts";
import type { SchedulerParts } from "./service.ts";

/** The scheduler's parts, on the stores given. */
export function composeScheduler(
  config: Parameters<typeof longestMsOf>[0] & FlutterFlowSettings,
  store: Store,
  clock: Clock,
  log: Log = createLog("scheduler", config.FANFARE_LOG_LEVEL),
): SchedulerParts {
  return {
    ...store,
    clock,
    log,
    usersCollection: config.FANFARE_USERS_COLLECTION,
    catchUpMs: CATCH_UP_MS,
    longestMs: longestMsOf(config),
    stuckMs: config.FANFARE_STUCK_SECONDS * 1000,
    ...flutterflowRules(config, config.FANFARE_USERS_COLLECTION),
  };
}
