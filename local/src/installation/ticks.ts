import type { Bus } from "@fanfare/shared/bus";
import { ticks } from "@fanfare/shared/events/ticks";
import type { Service } from "@fanfare/shared/hosting/service";

/** Cloud Scheduler ticks every minute; nobody at a terminal waits that long for what stands still. */
const EVERY_MS = 2_000;

/** Publishes ticks in the place of Cloud Scheduler, which has no emulator. One that fails is made up for by the next. */
export function startTicks(bus: Bus): Service {
  let publishing: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    publishing = bus.publish(ticks.topic, [ticks.encode({})]).catch(() => undefined);
  }, EVERY_MS);
  return {
    async close() {
      clearInterval(timer);
      await publishing;
    },
  };
}
