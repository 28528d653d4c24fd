import { readdirSync } from "node:fs";
import type { DemoReport } from "@fanfare/demo/report";
import { inStore, makeFolder } from "@fanfare/local/testing/folder";
import { childrenOf, isAlive, type Listed } from "@fanfare/local/testing/processes";
import { afterAll, expect, test, vi } from "vitest";
import { fanfare, type Running, start } from "./testing/fanfare.ts";

/** Together, as they mostly wait: for retries, and for the leases of the dead. */
const WHOLE_RUN = { timeout: 180_000, concurrent: true };

const started: Running[] = [];
afterAll(() => {
  for (const { process } of started) process.kill("SIGKILL");
});

/** Runs the demo, which must leave nothing in its folder for temporary files. */
async function demo(...args: string[]): Promise<{ code: unknown; report: DemoReport; stderr: string }> {
  const folder = makeFolder();
  const { code, stdout, stderr } = await fanfare(["demo", "--json", ...args], { TMPDIR: folder });
  expect(readdirSync(folder)).toEqual([]);
  return { code, report: JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? ""), stderr };
}

test("all is well with few faults, for a platform that a document asks for", WHOLE_RUN, async () => {
  const flags = ["--audience", "android", "--flutterflow"];
  const { code, report, stderr } = await demo("--registrations", "1500", ...flags);
  expect(stderr).not.toMatch(/does not (balance|hold)/);
  expect(code).toBe(0);
  expect(report).toMatchObject({
    state: "succeeded",
    balanced: true,
    open: 0,
    unknown: 0,
    killsInFlight: 0,
  });
  expect(report.simulator).toMatchObject({ repeats: 0, shownTwice: 0 });
  const rejected = Object.values(report.rejected).reduce((sum, count) => sum + count, 0);
  expect(report.resolved).toBe(report.accepted + rejected);
  expect(report.simulator.accepted).toBe(report.accepted);
  expect(report.document?.answer).toEqual({ status: "succeeded", num_sent: report.accepted });
  for (const name of ["scheduler", "resolver", "sender", "simulator", "demo"]) {
    expect(report.peakRssMb[name]).toBeGreaterThan(0);
    expect(report.cpuSeconds[name]).toBeGreaterThan(0);
  }
  const { seeding, resolving, sending, pruning, checking } = report.phases;
  for (const seconds of [seeding, resolving, checking]) expect(seconds).toBeGreaterThan(0);
  expect(sending).toBeGreaterThanOrEqual(resolving);
  expect(sending + pruning).toBeCloseTo(report.seconds, 1);
});

test("all is well with all faults and a sender that is killed again and again", WHOLE_RUN, async () => {
  const { code, report, stderr } = await demo("--registrations", "4000", "--faults", "all", "--chaos");
  expect(stderr).not.toMatch(/does not (balance|hold)/);
  expect(code).toBe(0);
  expect(report).toMatchObject({
    state: "succeeded",
    balanced: true,
    open: 0,
    unknown: 0,
    resolved: 3_940,
  });
  expect(report.killsInFlight).toBeGreaterThanOrEqual(3);
  expect(report.simulator.shownTwice).toBe(0);
  expect(report.simulator.repeats).toBeGreaterThan(0);
  expect(report.possibleRepeats).toBeGreaterThanOrEqual(report.simulator.repeats);
});

test("a person gets books and checks, and keeps the data file", WHOLE_RUN, async () => {
  const folder = makeFolder();
  const args = ["demo", "--registrations", "200", "--faults", "none", "--data", folder];
  const { code, stdout } = await fanfare(args);
  expect(stdout).toMatch(/\nresolved +197\n/);
  expect(stdout).toContain("\n✓ the books balance, address by address\n");
  expect(stdout).not.toContain("✗");
  expect(stdout).toMatch(
    /\nTime: seeding [\d.]+ s, resolving .* s, sending .* s, pruning .* s, checking .* s\.\n/,
  );
  expect(stdout).toMatch(/\nProcessor time: scheduler [\d.]+ s, .*, simulator .* s, demo .* s\.\n/);
  expect(stdout).toMatch(/\nPeak memory: scheduler \d+ MB, .*, simulator .* MB, demo .* MB\.\n/);
  expect(code).toBe(0);
  expect(await inStore(folder, ({ registrations }) => registrations.size())).toBeLessThan(200);
  const again = await fanfare(args);
  expect(again).toMatchObject({ code: 2, stdout: "" });
  expect(again.stderr).toMatch(/^--data: .* holds registrations already/);
});

test("exit code 1 where chaos had nobody to interrupt", WHOLE_RUN, async () => {
  const { code, report, stderr } = await demo("--registrations", "1", "--audience", "ios", "--chaos");
  expect(report).toMatchObject({ state: "succeeded", resolved: 0, balanced: true });
  expect(stderr).toContain("does not hold: the sender was killed at least 3 times in mid-send");
  expect(code).toBe(1);
});

test("exit code 1 where somebody else kills a service", WHOLE_RUN, async () => {
  const { ended, services } = await startServices(makeFolder());
  const resolver = services.find(({ command }) => command.endsWith("service-process.ts resolver"));
  if (!resolver) throw new Error("the resolver has a process of its own");
  process.kill(resolver.pid, "SIGKILL");
  const { code, stderr } = await ended;
  expect(stderr).toContain("the resolver ended by itself (SIGKILL)\n");
  expect(stderr).not.toContain("    at ");
  expect(code).toBe(1);
  await vi.waitFor(() => expect(services.filter(isAlive)).toEqual([]), 20_000);
});

test.each([
  ["SIGINT", 130, 0],
  ["SIGTERM", 143, 0],
  // Nothing can be cleaned up then.
  ["SIGKILL", "SIGKILL", 1],
] as const)(
  "nothing survives a demo that is ended in the middle by %s",
  WHOLE_RUN,
  async (signal, exitCode, foldersLeft) => {
    const folder = makeFolder();
    const { process: demo, ended, services } = await startServices(folder);
    demo.kill(signal);
    await vi.waitFor(() => expect(services.filter(isAlive)).toEqual([]), 30_000);
    expect((await ended).code).toBe(exitCode);
    expect(readdirSync(folder)).toHaveLength(foldersLeft);
  },
);

/** Starts a demo, and resolves when its simulator and services are all there. */
async function startServices(folder: string): Promise<Running & { services: Listed[] }> {
  const running = start(["demo", "--registrations", "20000"], { TMPDIR: folder });
  started.push(running);
  const services = await vi.waitFor(() => {
    const found = childrenOf(running.process.pid);
    expect(found).toHaveLength(4);
    return found;
  }, 60_000);
  return { ...running, services };
}
