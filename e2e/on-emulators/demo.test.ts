import type { DemoReport } from "@fanfare/demo/report";
import { seedRegistrations } from "@fanfare/demo/seed";
import { describeOnEmulators } from "@fanfare/shared/testing/emulators";
import { expect, test } from "vitest";
import { type DemoRun, demo } from "../testing/demo.ts";

/** Whole runs of the demo on the emulators: each function a process under the functions framework, really killed. */

const SEED = "emulators";
const COUNT = 1_500;
const run = (...options: string[]) => demo("--registrations", String(COUNT), "--seed", SEED, ...options);

/** All that does not depend on the place, on chance, or on when the document was written. */
function booksOf({ report }: DemoRun): Partial<DemoReport> {
  const { broadcastId, seconds, perSecond, phases, peakRssMb, cpuSeconds, ...books } = report;
  return books;
}

async function seededAddresses(): Promise<string[]> {
  const nothing = async () => undefined;
  const { devices } = await seedRegistrations(nothing, COUNT, SEED, () => undefined);
  return [...devices.keys()];
}

describeOnEmulators("the demo on the emulators", ["pubsub", "firestore"], () => {
  test("has the books of the embedded one, asked by a document, and shows no address in a log", async () => {
    const embedded = booksOf(await run("--flutterflow"));
    const pushed = await run("--emulators", "--flutterflow");
    expect(booksOf(pushed)).toEqual(embedded);
    const { stderr, code, report } = pushed;
    expect(code).toBe(0);
    expect(report.document?.answer).toEqual({ status: "succeeded", num_sent: report.accepted });
    expect(stderr).toContain("chunk handled");
    const addresses = await seededAddresses();
    expect(addresses.filter((address) => stderr.includes(address))).toEqual([]);
  });

  // Those pushed to are killed by the chaos suite.
  test("balances with senders pulling, whatever is killed, dropped, doubled and delayed", async () => {
    const flags = ["--pull", "--senders", "3"];
    const { code, report, stderr } = await run("--emulators", "--chaos", "--faults", "all", ...flags);
    expect(code, stderr).toBe(0);
    const { balanced, open, unknown, simulator, possibleRepeats, repeatsBound } = report;
    expect({ balanced, open, unknown }).toEqual({ balanced: true, open: 0, unknown: 0 });
    expect(report.kills).toBeGreaterThanOrEqual(3);
    expect(simulator.shownTwice).toBe(0);
    expect(simulator.repeats).toBeLessThanOrEqual(possibleRepeats);
    expect(possibleRepeats).toBeLessThanOrEqual(repeatsBound);
  });
});
