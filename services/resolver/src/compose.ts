import { createLog } from "@fanfare/shared/runtime/log";
import type { Service } from "@fanfare/shared/runtime/service";
import type { Store } from "@fanfare/shared/runtime/store";
import type { ResolverConfig } from "./config.ts";
import { startResolver } from "./service.ts";

/** The resolver with its parts, on the stores given. */
export function composeResolver(config: ResolverConfig, store: Store): Service {
  return startResolver({
    ...store,
    log: createLog("resolver"),
    now: Date.now,
    monotonic: () => performance.now(),
    rangeSize: config.FANFARE_RANGE_SIZE,
    lease: { leaseMs: config.FANFARE_LEASE_SECONDS * 1000 },
  });
}
