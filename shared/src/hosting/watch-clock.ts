import type { Health } from "../health/index.ts";
import { type Elapsed, processTime } from "./elapsed.ts";
import type { Log } from "./log.ts";
import type { Service } from "./service.ts";

/** Less is a time server's correction, or a machine that was busy between two looks. */
const NOTED_FROM_MS = 2_000;
const LOOK_EVERY_MS = 1_000;

/**
 * Tells of steps of this machine's wall clock, in one log line each and to `fanfare doctor`. Nothing depends on it:
 * what a step could harm goes by other clocks. But a person who sees odd times should find out why.
 * @param service who tells
 */
export function watchClock(
  service: string,
  { health, log }: { health: Pick<Health, "noteClockStep">; log: Log },
  time: Elapsed = processTime,
): Service {
  const forget = time.onStep((exactMs) => {
    const stepMs = Math.round(exactMs);
    if (Math.abs(stepMs) < NOTED_FROM_MS) return;
    log.warn({ stepMs }, "the wall clock stepped: it was set, or the machine slept");
    health
      .noteClockStep({ service, stepMs })
      .catch((error: unknown) => log.warn({ error: String(error) }, "clock step could not be noted"));
  });
  const timer = setInterval(time.now, LOOK_EVERY_MS).unref();
  return {
    async close() {
      clearInterval(timer);
      forget();
    },
  };
}
