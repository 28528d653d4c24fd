import { broadcastRequests } from "@fanfare/shared/events/broadcast-requests";
import { onEvent, serve } from "@fanfare/shared/runtime/event-endpoint";
import type { Log } from "@fanfare/shared/runtime/log";
import type { Service } from "@fanfare/shared/runtime/service";
import { bury } from "./bury.ts";
import { type SubmitDeps, submit } from "./submit.ts";
import { tick } from "./tick.ts";

export interface SchedulerDeps extends SubmitDeps {
  log: Log;
  /** Milliseconds between two ticks of the timer; null where another clock calls `tick`. */
  tickMs: number | null;
}

/** The scheduler: takes requests and emits due jobs. */
export function startScheduler(deps: SchedulerDeps): Service {
  const take = onEvent("scheduler.requests", 4, broadcastRequests, async (value) => {
    await submit(deps, value, "event");
  });
  const consumers = [
    take,
    { subscription: "scheduler.bury", concurrency: 2, handle: bury.bind(null, deps) },
  ].map((endpoint) => serve(endpoint, deps));
  const timer = deps.tickMs === null ? null : startTimer(deps, deps.tickMs);
  return {
    async close() {
      await timer?.close();
      await Promise.all(consumers.map((consumer) => consumer.close()));
    },
  };
}

/** Ticks one after another, `everyMs` apart. A tick that fails is logged; the next one makes up for it. */
function startTimer(deps: SchedulerDeps, everyMs: number): Service {
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
