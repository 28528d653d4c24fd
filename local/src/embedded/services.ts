import { composeResolver } from "@fanfare/resolver/compose";
import { settings as resolverSettings } from "@fanfare/resolver/config";
import { startResolver } from "@fanfare/resolver/service";
import { composeScheduler } from "@fanfare/scheduler/compose";
import { timerSettings } from "@fanfare/scheduler/config";
import { flutterflowSettings } from "@fanfare/scheduler/flutterflow/settings";
import { startScheduler } from "@fanfare/scheduler/service";
import { composeSender } from "@fanfare/sender/compose";
import { checkSettings, settings as senderSettings } from "@fanfare/sender/config";
import { startSender } from "@fanfare/sender/service";
import { certainClock } from "@fanfare/shared/clock";
import type { Service } from "@fanfare/shared/hosting/service";
import { watchClock } from "@fanfare/shared/hosting/watch-clock";
import { embeddedSettings } from "@fanfare/shared/sqlite/embedded";
import type { Store } from "@fanfare/shared/store";
import { z } from "zod";

/** Every setting of an installation on one machine. */
export const embeddedConfig = z
  .object({
    ...embeddedSettings,
    ...timerSettings,
    ...flutterflowSettings,
    ...resolverSettings,
    ...senderSettings,
  })
  .check(checkSettings);

export type EmbeddedConfig = z.infer<typeof embeddedConfig>;

export const SERVICES = ["scheduler", "resolver", "sender"] as const;
export type ServiceName = (typeof SERVICES)[number];

/** Starts one of the services on the bus of the data file. The scheduler ticks by a timer of its own. */
export function startService(name: ServiceName, config: EmbeddedConfig, store: Store): Service {
  switch (name) {
    case "scheduler": {
      const tickMs = config.FANFARE_TICK_SECONDS * 1000;
      const parts = composeScheduler(config, store, certainClock);
      // All services run on one machine, by one wall clock: one of them watches it.
      const clock = watchClock(name, parts);
      const scheduler = startScheduler({ ...parts, tickMs });
      return { close: async () => void (await Promise.all([clock.close(), scheduler.close()])) };
    }
    case "resolver":
      return startResolver(composeResolver(config, store));
    case "sender":
      return startSender(composeSender(config, config.FANFARE_FCM_PROJECT ?? "simulated", store));
  }
}
