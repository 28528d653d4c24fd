import { broadcastRequests } from "@fanfare/shared/events/broadcast-requests";
import { ticks } from "@fanfare/shared/events/ticks";
import { onEvent } from "@fanfare/shared/hosting/event-endpoint";
import { type Hosted, hostOnBus, type Service } from "@fanfare/shared/hosting/service";
import { submit } from "@fanfare/shared/operations/submit";
import { bury } from "./bury.ts";
import { type TickDeps, tick } from "./tick.ts";

export type SchedulerParts = TickDeps;

/** The scheduler: takes requests and emits due jobs. Something else has to publish its ticks. */
export function createScheduler(deps: SchedulerParts): Hosted {
  return {
    endpoints: [
      onEvent("scheduler.tick", 1, ticks, async () => void (await tick(deps))),
      onEvent("scheduler.requests", 4, broadcastRequests, async (value) => {
        await submit(deps, value, "event");
      }),
      { subscription: "scheduler.bury", concurrency: 2, handle: bury.bind(null, deps) },
    ],
    drain: () => {},
    close: async () => {},
  };
}

/** @param tickMs milliseconds between two ticks of a timer; null where another clock publishes them */
export function startScheduler(parts: SchedulerParts & { tickMs: number | null }): Service {
  const service = hostOnBus(createScheduler(parts), parts);
  const timer = parts.tickMs === null ? null : startTimer(parts, parts.tickMs);
  return {
    async close() {
      await timer?.close();
      await service.close();
    },
  };
}

/** Ticks one after another, `everyMs` apart. A tick that fails is logged; the next one makes up for it. */
function startTimer(deps: SchedulerParts, everyMs: number): Service {
  let running = Promise.resolve();
  let idle = true;
  const timer = setInterval(() => {
    if (!idle) return;
    idle = false;
    running = tick(deps)
      .then(
        () => undefined,
        (error: unknown) => deps.log.error({ error: String(error) }, "tick failed"),
      )
      .finally(() => {
        idle = true;
      });
  }, everyMs);
  return {
    async close() {
      clearInterval(timer);
      await running;
    },
  };
}
