import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { RetryableError } from "../errors.ts";
import type { Written } from "../ledger/index.ts";
import { holdLease, type Lease } from "./hold-lease.ts";
import { createLog } from "./log.ts";

const LEASE = { leaseMs: 30_000 };

let now: number;
let renewals: number[];
let renew: () => Promise<Written>;
let lease: Lease;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  now = 500_000;
  renewals = [];
  renew = async () => "done";
  lease = hold();
});
afterEach(() => {
  lease.end();
  vi.useRealTimers();
});

function hold(): Lease {
  const note = () => {
    renewals.push(now);
    return renew();
  };
  return holdLease(note, now, { lease: LEASE, monotonic: () => now, log: createLog("sender", "silent") });
}

/** Time passes without the timers firing, as in a process that was stopped or is too busy. */
function stall(ms: number): void {
  now += ms;
}

async function advance(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 1_000) {
    now += 1_000;
    await vi.advanceTimersByTimeAsync(1_000);
  }
}

describe("a lease", () => {
  test("is renewed every third of its length, so that a request may start at any time", async () => {
    for (let second = 0; second < 95; second++) {
      expect(lease.mayStart()).toBe(true);
      await advance(1_000);
    }
    expect(renewals).toHaveLength(9);
  });

  test("that nobody renewed starts nothing in its last third", () => {
    stall(19_999);
    expect(lease.mayStart()).toBe(true);
    stall(1);
    expect(lease.mayStart()).toBe(false);
  });

  test("begins when it was asked for, not when the answer came", async () => {
    const answer = Promise.withResolvers<Written>();
    renew = () => answer.promise;
    await advance(10_000);
    stall(15_000);
    answer.resolve("done");
    await vi.advanceTimersByTimeAsync(0);
    expect(lease.mayStart(), "15 s old").toBe(true);
    stall(4_999);
    expect(lease.mayStart()).toBe(true);
    stall(1);
    expect(lease.mayStart()).toBe(false);
  });

  test("lost to another starts nothing any more", async () => {
    renew = async () => "fenced";
    await advance(10_000);
    expect(lease.mayStart()).toBe(false);
    expect(await lease.secure()).toBe(false);
  });

  test("that could not be renewed grows old, and is tried again", async () => {
    renew = () => Promise.reject(new RetryableError("STORE", "not now"));
    await advance(19_000);
    stall(1_000);
    expect(lease.mayStart()).toBe(false);
    renew = async () => "done";
    await advance(1_000);
    expect(lease.mayStart()).toBe(true);
  });

  test("that has passed is renewed, and starts nothing until its holder made sure of it", async () => {
    renew = () => Promise.reject(new RetryableError("STORE", "not now"));
    await advance(29_000);
    renew = async () => "done";
    await advance(10_000);
    expect(renewals.length).toBeGreaterThanOrEqual(3);
    expect(lease.mayStart()).toBe(false);
    expect(await lease.secure()).toBe(true);
    expect(lease.mayStart()).toBe(true);
  });

  test("whose renewal is answered after it has passed is not trusted: it may have passed before", async () => {
    const answer = Promise.withResolvers<Written>();
    renew = () => answer.promise;
    await advance(20_000);
    stall(10_000);
    answer.resolve("done");
    await vi.advanceTimersByTimeAsync(0);
    expect(lease.mayStart()).toBe(false);
    expect(await lease.secure()).toBe(true);
    expect(lease.mayStart()).toBe(true);
  });

  test("lets what waits go out until shortly before its end, as it was renewed last", async () => {
    const began = now;
    expect(lease.notAfter()).toBe(began + 28_000);
    await advance(10_000);
    expect(lease.notAfter()).toBe(began + 38_000);
  });

  test("lets nothing go out that waits, once it is lost", async () => {
    renew = async () => "fenced";
    await advance(10_000);
    expect(lease.notAfter()).toBeLessThan(now);
  });

  test("that passed lets nothing go out that waits, renewed or not, until its holder made sure of it", async () => {
    renew = () => Promise.reject(new RetryableError("STORE", "not now"));
    await advance(29_000);
    renew = async () => "done";
    await advance(10_000);
    expect(lease.notAfter()).toBeLessThan(now);
    expect(await lease.secure()).toBe(true);
    expect(lease.notAfter()).toBeGreaterThan(now);
  });

  test("that has ended is not renewed", async () => {
    lease.end();
    await advance(60_000);
    expect(renewals).toEqual([]);
  });
});

describe("making sure", () => {
  test("asks the store only where the lease has grown old", async () => {
    expect(await lease.secure()).toBe(true);
    expect(renewals).toEqual([]);
    stall(20_000);
    expect(await lease.secure()).toBe(true);
    expect(renewals).toEqual([now]);
    expect(lease.mayStart()).toBe(true);
  });

  test("says so where somebody else has the work by now", async () => {
    stall(31_000);
    renew = async () => "fenced";
    expect(await lease.secure()).toBe(false);
    expect(lease.mayStart()).toBe(false);
  });

  test("fails where the store does: nobody knows", async () => {
    stall(31_000);
    renew = () => Promise.reject(new RetryableError("STORE", "not now"));
    await expect(lease.secure()).rejects.toThrow("not now");
    expect(lease.mayStart()).toBe(false);
  });
});

test("a look is due once a second", () => {
  expect(lease.dueForALook()).toBe(false);
  stall(999);
  expect(lease.dueForALook()).toBe(false);
  stall(1);
  expect(lease.dueForALook()).toBe(true);
  expect(lease.dueForALook()).toBe(false);
  stall(5_000);
  expect(lease.dueForALook()).toBe(true);
  expect(lease.dueForALook()).toBe(false);
});
