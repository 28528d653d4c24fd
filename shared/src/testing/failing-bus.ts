import type { Bus } from "../bus/index.ts";
import { RetryableError } from "../errors.ts";

/** A bus that fails when it is told to. */
export interface FailingBus extends Bus {
  /** The next publish throws, `before` anything was published or `after` everything was. */
  failNext(when: "before" | "after"): void;
}

export function createFailingBus(bus: Bus): FailingBus {
  let failure = null as "before" | "after" | null;
  const fail = (when: "before" | "after") => {
    if (failure !== when) return;
    failure = null;
    throw new RetryableError("BUS_UNAVAILABLE", `the bus was told to fail ${when} publishing`);
  };
  return {
    async publish(topic, messages) {
      fail("before");
      await bus.publish(topic, messages);
      fail("after");
    },
    subscribe: bus.subscribe,
    close: bus.close,
    failNext(when) {
      failure = when;
    },
  };
}
