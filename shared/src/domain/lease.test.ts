import fc from "fast-check";
import { expect, test } from "vitest";
import { LEASE, mayStart, mostWaitMs, notAfter, renewEveryMs } from "./lease.ts";

test("a lease of 30 s is renewed every 10 s, and nothing starts in its last 10 s", () => {
  expect(LEASE.leaseMs).toBe(30_000);
  expect(renewEveryMs(LEASE)).toBe(10_000);
  expect(mayStart(LEASE, 5_000, 5_000)).toBe(true);
  expect(mayStart(LEASE, 5_000, 24_999)).toBe(true);
  expect(mayStart(LEASE, 5_000, 25_000)).toBe(false);
  expect(mayStart(LEASE, 5_000, 35_001)).toBe(false);
});

test("a holder that renews in time may always start, with a renewal to spare", () => {
  const property = fc.property(fc.integer({ min: 3, max: 1_000_000 }), (leaseMs) => {
    const every = renewEveryMs({ leaseMs });
    expect(every).toBeGreaterThanOrEqual(1);
    expect(mayStart({ leaseMs }, 0, every)).toBe(true);
    expect(mayStart({ leaseMs }, 0, leaseMs)).toBe(false);
  });
  fc.assert(property);
});

test("what was started in time may wait for 8 s of a lease of 30, and is written within the lease or not at all", () => {
  expect(mostWaitMs(LEASE)).toBe(8_000);
  expect(notAfter(LEASE, 5_000)).toBe(33_000);
  const property = fc.property(fc.integer({ min: 1_000, max: 1_000_000 }), (leaseMs) => {
    const last = notAfter({ leaseMs }, 0);
    expect(last).toBeLessThan(leaseMs);
    expect(mayStart({ leaseMs }, 0, last)).toBe(false);
  });
  fc.assert(property);
});
