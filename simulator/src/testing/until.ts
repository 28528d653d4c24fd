import { expect } from "vitest";

/** Waits for what another process or the event loop will bring about; patient, as machines may be busy. */
export function until<Value>(read: () => Value) {
  return expect.poll(read, { timeout: 20_000, interval: 5 });
}
