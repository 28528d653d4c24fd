import { once } from "node:events";
import { createServer } from "node:net";
import { start } from "@fanfare/cli/testing/fanfare";
import { spreadConnections } from "@fanfare/local/installation/spread";
import { describeOnEmulators, freshProject } from "@fanfare/shared/testing/emulators";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { familyOf, listenersOf } from "../testing/listeners.ts";

/** Starts `fanfare up`, and resolves when all that it starts is up. */
async function startUp(...args: string[]) {
  const up = start(["up", "--port", "0", "--json", ...args], { FANFARE_PROJECT: freshProject() });
  onTestFinished(async () => {
    up.process.kill("SIGTERM");
    await up.ended;
  });
  const told = JSON.parse(await up.wrote("\n"));
  return { told, listeners: listenersOf(familyOf(up.process.pid ?? 0)) };
}

const linux = process.platform === "linux";

describe.runIf(linux)("what runs on one machine listens on loopback only", () => {
  test("the list of listeners knows a socket on every interface from one on loopback", async () => {
    const servers = ["0.0.0.0", "::", "127.0.0.1", "127.0.0.9"].map((host) => createServer().listen(0, host));
    onTestFinished(() => void servers.map((server) => server.close()));
    await Promise.all(servers.map((server) => once(server, "listening")));
    const ports = servers.map((server) => Number((server.address() as { port: number }).port));
    const found = listenersOf([process.pid]).filter(({ port }) => ports.includes(port));
    const isLoopback = (port?: number) => found.find((one) => one.port === port)?.isLoopback;
    expect(ports.map(isLoopback)).toEqual([false, false, true, true]);
  });

  test("what spreads connections over several processes", async () => {
    const { port, close } = await spreadConnections([1]);
    onTestFinished(close);
    expect(listenersOf([process.pid]).find((one) => one.port === port)?.isLoopback).toBe(true);
  });
});

describeOnEmulators("loopback: up on the emulators", ["pubsub", "firestore"], () => {
  // Those that the test run has started are named by these; without them `up` starts its own.
  beforeEach(() => {
    vi.stubEnv("PUBSUB_EMULATOR_HOST", undefined);
    vi.stubEnv("FIRESTORE_EMULATOR_HOST", undefined);
  });
  afterEach(() => vi.unstubAllEnvs());

  test.runIf(linux)(
    "no process that it starts is within the network's reach, the emulators included",
    async () => {
      const { told, listeners } = await startUp("--emulators", "--senders", "2", "--pull");
      expect(listeners.filter(({ isLoopback }) => !isLoopback)).toEqual([]);
      const urls = [
        told.fcm,
        ...Object.values(told.urls),
        `http://${told.pubsub}`,
        `http://${told.firestore}`,
      ];
      const ports = urls.map((url) => Number(new URL(url).port));
      expect(listeners.map(({ port }) => port)).toEqual(expect.arrayContaining(ports));
      // A worker's health is at a port that it tells no one.
      expect(listeners.filter(({ command }) => command.includes("worker.ts"))).toHaveLength(2);
    },
  );
});
