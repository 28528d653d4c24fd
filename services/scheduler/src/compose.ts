import { createLog } from "@fanfare/shared/runtime/log";
import type { Service } from "@fanfare/shared/runtime/service";
import type { Store } from "@fanfare/shared/runtime/store";
import type { SchedulerConfig } from "./config.ts";
import { startScheduler } from "./service.ts";
import { CATCH_UP_MS } from "./submit.ts";

/** The scheduler with its parts, on the stores given, and a timer for its clock. */
export function composeScheduler(config: SchedulerConfig, store: Store): Service {
  return startScheduler({
    ...store,
    log: createLog("scheduler"),
    now: Date.now,
    usersCollection: config.FANFARE_USERS_COLLECTION,
    catchUpMs: CATCH_UP_MS,
    tickMs: config.FANFARE_TICK_SECONDS * 1000,
  });
}
