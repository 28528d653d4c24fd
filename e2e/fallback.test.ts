import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { audienceOf, seedRegistrations } from "@fanfare/demo/seed";
import { submitRequest } from "@fanfare/demo/submit-request";
import { openDataFolder } from "@fanfare/local/installation/embedded";
import { type Broadcast, isFinished } from "@fanfare/shared/domain/broadcast";
import { checkTransport } from "@fanfare/shared/operations/doctor/transport";
import { createSimulator, type Simulator } from "@fanfare/simulator";
import { expect, test } from "vitest";
import { startProtocolBreaker } from "./testing/protocol-breaker.ts";

const REGISTRATIONS = 3_000;
const SETTINGS = {
  FANFARE_FCM_PROJECT: "fallback",
  FANFARE_RETRY_SECONDS: "0.5",
  FANFARE_TICK_SECONDS: "0.25",
};

interface Way {
  /** Whether the connection of that number is broken off over the protocol. */
  breaks?: (number: number) => boolean;
  settings?: Record<string, string>;
  /** What FCM does once it has answered some messages. */
  meanwhile?: (simulator: Simulator) => void;
}

/** Sends a broadcast by real processes. */
async function sendOver({ breaks = () => false, settings = {}, meanwhile }: Way) {
  const data = await mkdtemp(join(tmpdir(), "fanfare-fallback-"));
  await using closing = new AsyncDisposableStack();
  closing.defer(() => rm(data, { recursive: true, force: true }));
  const simulator = await createSimulator({ seed: "fallback", latency: { meanMs: 30, jitterMs: 20 } });
  closing.defer(() => simulator.close());
  const breaker = await startProtocolBreaker(simulator.url, breaks);
  closing.defer(() => breaker.close());
  const lines: string[] = [];
  const ending = new AbortController();
  const { store, startServices } = openDataFolder(data, {
    ...{ closing, signal: ending.signal, onLog: (line: string) => lines.push(line) },
    onDeath: (reason: Error) => ending.abort(reason),
  });
  const seeded = await seedRegistrations(store.registrations.put, REGISTRATIONS, "fallback", () => undefined);
  await startServices({ ...SETTINGS, FANFARE_FCM_ENDPOINT: breaker.url, ...settings });
  const { id } = await submitRequest(store, {
    ...{ caller: "test", idempotencyKey: "fallback", audience: "all" },
    content: { title: "Hello", text: "World" },
  });
  if (meanwhile) {
    await expect
      .poll(() => simulator.control.stats().accepted, { timeout: 60_000, interval: 5 })
      .toBeGreaterThan(20);
    meanwhile(simulator);
  }
  const read = async () => {
    const broadcast = await store.broadcasts.get(id);
    return broadcast && isFinished(broadcast.phase) ? broadcast : null;
  };
  await expect.poll(read, { timeout: 120_000, interval: 50 }).not.toBeNull();
  const { books } = (await read()) as Broadcast;
  return {
    books,
    findings: await checkTransport({ ...store, now: Date.now(), patienceMs: 0, clockHelp: "" }),
    stats: simulator.control.stats(),
    audience: audienceOf(seeded, undefined).length,
    connections: breaker.connections(),
    unread: breaker.unread(),
    warnings: lines.filter((line) => line.includes('"fallback"')),
  };
}

type Sent = Awaited<ReturnType<typeof sendOver>>;

function expectBalanced({ books, stats, audience }: Sent): void {
  // Some of the addresses are dead.
  const rejected = Object.values(books?.rejected ?? {}).reduce((sum, count) => sum + count, 0);
  const { addresses, repeats } = stats;
  expect(books).toMatchObject({ resolved: audience, accepted: addresses, unknown: 0, expired: 0, open: 0 });
  expect(addresses + rejected).toBe(audience);
  expect(repeats).toBeLessThanOrEqual(books?.possibleRepeats ?? 0);
}

test("a server that breaks off three connections over the protocol gets the broadcast by Node's driver", async () => {
  const sent = await sendOver({ breaks: (number) => number < 3 });
  expectBalanced(sent);
  expect(sent.unread).toBeGreaterThanOrEqual(3);
  // What those connections had in flight may have been a message on a phone, as far as the sender can tell.
  expect(sent.books?.possibleRepeats).toBeGreaterThanOrEqual(sent.unread);
  expect(sent.warnings).toHaveLength(1);
  expect(sent.warnings[0]).toContain("goaway:PROTOCOL_ERROR");
  expect(sent.findings).toMatchObject([
    { check: "transport", ok: false, message: expect.stringContaining("goaway:PROTOCOL_ERROR") },
  ]);
});

test("two connections that break off, and two more after an answer, change no driver", async () => {
  const sent = await sendOver({
    breaks: (number) => [0, 1, 3, 4].includes(number),
    // However slow this machine is, the connection that was answered is not the last.
    meanwhile: ({ control }) => control.goaway(),
  });
  expectBalanced(sent);
  expect(sent.connections).toBeGreaterThanOrEqual(6);
  expect(sent.books?.possibleRepeats).toBeGreaterThanOrEqual(sent.unread);
  expect(sent.warnings).toEqual([]);
  expect(sent.findings).toMatchObject([{ ok: true, message: "every sender uses Fanfare's own HTTP/2" }]);
});

test("Node's driver sends a whole broadcast where the setting chooses it, and says so", async () => {
  const sent = await sendOver({ settings: { FANFARE_FCM_HTTP2: "node" } });
  expectBalanced(sent);
  expect(sent.books?.possibleRepeats).toBe(0);
  expect(sent.warnings).toEqual([]);
  expect(sent.findings).toMatchObject([
    { ok: true, message: expect.stringContaining("as the setting says") },
  ]);
});
