import { elapsed } from "@fanfare/shared/hosting/elapsed";
import { createLog, type Log } from "@fanfare/shared/hosting/log";
import type { CommonSettings } from "@fanfare/shared/hosting/settings";
import { timingOf } from "@fanfare/shared/hosting/settings";
import type { Store } from "@fanfare/shared/store";
import type { ResolverSettings } from "./config.ts";
import type { ResolverParts } from "./service.ts";

/** The resolver's parts, on the stores given. */
export function composeResolver(
  config: ResolverSettings & CommonSettings,
  store: Store,
  log: Log = createLog("resolver", config.FANFARE_LOG_LEVEL),
): ResolverParts {
  return {
    ...store,
    log,
    monotonic: elapsed,
    rangeSize: config.FANFARE_RANGE_SIZE,
    lease: timingOf(config),
  };
}
