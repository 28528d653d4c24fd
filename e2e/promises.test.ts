import { seedRegistrations } from "@fanfare/demo/seed";
import { beforeAll, describe, expect, test } from "vitest";
import { type DemoRun, demo } from "./testing/demo.ts";

/** What Fanfare promises, each on whole runs of the demo: real processes, real HTTP/2, really killed. */

describe("a run with faults before accepting", () => {
  let run: DemoRun;
  beforeAll(async () => {
    run = await demo("--registrations", "4000", "--seed", "promise");
  });

  test("promise 1: the books balance, address by address", () => {
    const { balanced, open, resolved, accepted, rejected, unknown, expired, cancelled } = run.report;
    expect(run.code).toBe(0);
    expect({ balanced, open }).toEqual({ balanced: true, open: 0 });
    const refused = Object.values(rejected).reduce((sum, count) => sum + count, 0);
    expect(accepted + refused + unknown + expired + cancelled).toBe(resolved);
    expect(resolved).toBe(3940);
  });

  test("promise 5: exactly what FCM calls dead is pruned", () => {
    expect(run.report.pruned).toBe(220);
    expect(run.report.rejected.SENDER_ID_MISMATCH).toBe(40);
  });

  test("promise 10: one device, one send, whatever duplicates the records hold", () => {
    const { accepted, simulator } = run.report;
    expect(simulator).toEqual({ accepted, addresses: accepted, repeats: 0, shownTwice: 0 });
  });

  test("promise 12: no address in a log", async () => {
    const { devices } = await seedRegistrations(
      async () => undefined,
      4000,
      "promise",
      () => undefined,
    );
    expect(run.stderr).toContain("chunk handled");
    const shown = devices.keys().filter((address) => run.stderr.includes(address));
    expect(shown.toArray()).toEqual([]);
  });
});

describe("a run whose sender is killed again and again, with answers that lie", () => {
  let run: DemoRun;
  beforeAll(async () => {
    run = await demo("--registrations", "6000", "--chaos", "--faults", "all", "--seed", "chaos");
  });

  test("promise 2: it finishes and balances, and every repeat was counted before it was made", () => {
    const { killsInFlight, balanced, open, unknown, possibleRepeats, repeatsBound, simulator } = run.report;
    expect(run.code).toBe(0);
    expect({ balanced, open, unknown }).toEqual({ balanced: true, open: 0, unknown: 0 });
    expect(killsInFlight).toBeGreaterThanOrEqual(3);
    expect(simulator.repeats).toBeGreaterThan(0);
    expect(simulator.repeats).toBeLessThanOrEqual(possibleRepeats);
    expect(possibleRepeats).toBeLessThanOrEqual(repeatsBound);
  });

  test("promise 3: a repeat replaces, and no phone shows the notification twice", () => {
    expect(run.report.simulator.shownTwice).toBe(0);
  });
});

test("promise 7: memory is flat from a small audience to one four times as large", async () => {
  const small = await demo("--registrations", "10000", "--faults", "none");
  const large = await demo("--registrations", "40000", "--faults", "none");
  for (const service of ["sender", "resolver"]) {
    const [before, after] = [small, large].map(({ report }) => report.peakRssMb[service] ?? Number.NaN);
    expect(after, service).toBeLessThanOrEqual(1.3 * (before ?? 0));
  }
});
