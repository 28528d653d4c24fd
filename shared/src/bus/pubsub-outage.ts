import { MAX_RECONNECT_MS } from "./pubsub-client.ts";

const FIRST_WAIT_MS = 500;

/**
 * Failures further apart than this, in milliseconds, are not of one outage: every try to reconnect is over sooner,
 * and Pub/Sub ends streams that are well after some minutes.
 */
const HEALTHY_MS = 60_000;

/** So many failures that may pass are not worth a word: Pub/Sub ends streams as a matter of course. */
const USUAL_FAILURES = 2;

export interface Outage {
  /** Counts a failure at `now`, in milliseconds; says whether to report it and how long to wait before the next try. */
  failed(now: number, mayPass: boolean): { report: boolean; waitMs: number };
  over(): void;
}

/** Keeps a consumer that cannot reach its subscription from reporting each try, and from trying too often. */
export function createOutage(): Outage {
  let failures = 0;
  let reported = false;
  let last = -Infinity;
  function over(): void {
    failures = 0;
    reported = false;
  }
  return {
    over,
    failed(now, mayPass) {
      if (now - last > HEALTHY_MS) over();
      last = now;
      failures += 1;
      const report = !reported && (!mayPass || failures > USUAL_FAILURES);
      reported ||= report;
      return { report, waitMs: Math.min(MAX_RECONNECT_MS, FIRST_WAIT_MS * 2 ** (failures - 1)) };
    },
  };
}
