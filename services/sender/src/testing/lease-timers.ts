import { afterEach, beforeEach, expect, vi } from "vitest";

/** Lets leases' timers run only where a test moves time on, and checks after each test that none is left. */
export function useLeaseTimers(): void {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
  afterEach(() => {
    expect(vi.getTimerCount(), "a lease is kept although nothing is sent").toBe(0);
    vi.useRealTimers();
  });
}
