import { noCredential } from "@fanfare/fcm-http2/credential";
import { createHttp2Transport, type Http2Options } from "@fanfare/fcm-http2/http2-transport";
import { sendAll, tally } from "@fanfare/fcm-http2/testing/send";
import type { Transport } from "@fanfare/fcm-http2/transport";
import { type Answer, classify } from "@fanfare/shared/domain/answers";
import { shiftDate } from "@fanfare/shared/testing/shift-date";
import { createSimulator, type FaultsPatch, type Simulator, type SimulatorOptions } from "@fanfare/simulator";
import { certificate } from "@fanfare/simulator/testing/certificate";
import { afterEach, describe, expect, test } from "vitest";
import { halfway, SLOWLY } from "./testing/halfway.ts";
import { findUntruths } from "./testing/judge-answers.ts";

const MESSAGES = 400;
const LATENCY = { meanMs: 15, jitterMs: 15 };
/** Answers come in the order of their messages, and none before a process that was held up has sent on. */
const IN_ORDER = { meanMs: 200, jitterMs: 0 };

let simulator: Simulator;
let transport: Transport;

afterEach(async () => {
  await transport.close(0);
  await simulator.close();
});

const addresses = Array.from({ length: MESSAGES }, (_, index) => `address-${String(index).padStart(6, "0")}`);
const bodyOf = (token: string) =>
  JSON.stringify({
    message: { token, notification: { title: "Hello" }, android: { notification: { tag: "b" } } },
  });

describe.each([
  ["without TLS", "fanfare", undefined],
  ["over TLS", "fanfare", certificate],
  ["by Node's driver without TLS", "node", undefined],
  ["by Node's driver over TLS", "node", certificate],
] as const)("%s", (_, driver, tls) => {
  async function start(faults: SimulatorOptions, options: Partial<Http2Options> = {}): Promise<void> {
    simulator = await createSimulator({ seed: "transport", ...faults, tls });
    transport = createHttp2Transport({
      driver,
      endpoint: simulator.url,
      project: "demo",
      credential: noCredential,
      timeoutMs: 10_000,
      ...(tls && { ca: tls.cert }),
      ...options,
    });
  }

  /** Sends to everybody once, and does something halfway. Every answer came once and is true, or the test fails. */
  async function broadcast(meanwhile?: () => void): Promise<Answer[]> {
    const sent = sendAll(transport, addresses.map(bodyOf));
    if (meanwhile) {
      await halfway(simulator, MESSAGES);
      meanwhile();
    }
    const answers = await sent;
    expect(findUntruths(answers, addresses, simulator)).toEqual([]);
    return answers;
  }

  const causesOf = (answers: Answer[]) =>
    new Set(answers.map((answer) => (answer.kind === "no-answer" ? answer.cause : answer.kind)));

  test("a GOAWAY in mid-flight leaves nobody unsure", async () => {
    await start({ goaway: 0.02, latency: LATENCY });
    const counts = tally(await broadcast());
    expect(Object.keys(counts).sort()).toEqual(["200", "not-processed"]);
    expect(counts["not-processed"]).toBe(MESSAGES - simulator.control.stats().accepted);
  });

  test("a GOAWAY on demand neither", async () => {
    // So of those in flight the later half has never been processed.
    await start({ ...SLOWLY.simulator, latency: IN_ORDER }, { maxConnections: 1 });
    const counts = tally(await broadcast(() => simulator.control.goaway({ midFlight: true })));
    expect(Object.keys(counts).sort()).toEqual(["200", "not-processed"]);
    const { accepted, unprocessed } = simulator.control.stats();
    expect(counts).toEqual({ 200: accepted, "not-processed": MESSAGES - accepted });
    expect(unprocessed).toBeGreaterThan(0);
  });

  test("a GOAWAY that lets everything finish costs nothing", async () => {
    await start(SLOWLY.simulator, SLOWLY.transport);
    const counts = tally(await broadcast(() => simulator.control.goaway()));
    expect(counts["no-answer"]).toBeUndefined();
    expect(counts[200]).toBeGreaterThan(MESSAGES / 2);
  });

  test("what is refused was not processed", async () => {
    await start({ refuse: 0.3, latency: LATENCY });
    const counts = tally(await broadcast());
    const { accepted, unprocessed } = simulator.control.stats();
    expect(counts).toEqual({ 200: accepted, "not-processed": unprocessed });
    expect(unprocessed).toBeGreaterThan(50);
  });

  test("a stream reset by any other code leaves its message unsure, and no other", async () => {
    await start({ drop: 0.3, latency: LATENCY });
    const answers = await broadcast();
    expect(causesOf(answers)).toEqual(new Set(["response", "rst:INTERNAL_ERROR", "rst:CANCEL"]));
    expect(tally(answers)["no-answer"]).toBe(simulator.control.stats().dropped);
  });

  test.each<[string, FaultsPatch]>([
    ["closed", { drop: 0.01, dropConnection: true }],
    ["reset", { abort: 0.01 }],
  ])("a connection that is %s leaves unsure what was in flight", async (_, faults) => {
    await start({ ...faults, latency: LATENCY });
    const counts = tally(await broadcast());
    expect(counts["no-answer"]).toBeGreaterThan(0);
    expect(counts[200]).toBeGreaterThan(0);
  });

  test("all connections reset at once", async () => {
    await start(SLOWLY.simulator, SLOWLY.transport);
    const answers = await broadcast(() => simulator.control.abort());
    expect(tally(answers)["no-answer"]).toBeGreaterThan(0);
    expect(causesOf(answers)).toContain("ECONNRESET");
  });

  test("a stalled stream is unsure after its time-out, and holds up nobody", async () => {
    await start({ stall: 0.05 }, { timeoutMs: 1_000 });
    const answers = await broadcast();
    expect(causesOf(answers)).toEqual(new Set(["response", "timeout"]));
    expect(tally(answers)["no-answer"]).toBeGreaterThanOrEqual(simulator.control.stats().stalled);
  });

  test("a body that never ends does not hide what its headers said", async () => {
    await start({ stallBody: 0.05 }, { timeoutMs: 1_000 });
    const counts = tally(await broadcast());
    expect(Object.keys(counts).sort()).toEqual(["200", "503"]);
    expect(simulator.control.stats().stalled).toBeGreaterThan(counts[503] ?? 0);
  });

  test("a lowered limit of streams is kept, a raised one used", async () => {
    await start(SLOWLY.simulator, { maxConnections: 1 });
    const counts = tally(await broadcast(() => simulator.control.setFaults({ maxConcurrentStreams: 5 })));
    expect(counts["no-answer"]).toBeUndefined();
    simulator.control.reset();
    expect(tally(await broadcast())).toEqual({ 200: MESSAGES });
    expect(simulator.control.stats().maxConcurrentStreamsSeen).toBe(5);
    simulator.control.reset();
    simulator.control.setFaults({ maxConcurrentStreams: 80, latency: IN_ORDER });
    expect(tally(await broadcast())).toEqual({ 200: MESSAGES });
    expect(simulator.control.stats().maxConcurrentStreamsSeen).toBe(80);
  });

  test("errors in a form nobody expects end no address that FCM did not name", async () => {
    await start({ garble: 0.5, shares: { dead: 0.5 } });
    const answers = await broadcast();
    const verdicts = new Set<string>();
    for (const answer of answers) {
      const verdict = classify(answer);
      const whole = answer.kind === "response" && answer.body.includes("UNREGISTERED");
      verdicts.add(`${verdict.kind} ${whole ? "whole" : "unread"}`);
    }
    expect(verdicts).toEqual(new Set(["accepted unread", "rejected whole", "retry unread"]));
  });

  test("a Retry-After date is a wait by FCM's clock, however far ours is off", async () => {
    await start({ error429: 1, retryAfterDate: true, retryAfterSeconds: 40 });
    const [first, ...others] = await broadcast();
    expect(first).toMatchObject({ status: 429, retryAfter: expect.stringMatching(/^[A-Z].*GMT$/) });
    for (const aheadMs of [3_600_000, -3_600_000]) {
      using _ = shiftDate(aheadMs);
      for (const answer of [first as Answer, ...others])
        expect(classify(answer)).toMatchObject({ kind: "retry", afterMs: 40_000 });
    }
  });

  test("all of it at once", async () => {
    const chances = { error429: 0.03, error500: 0.03, error503: 0.03, error503After: 0.03, drop: 0.03 };
    const rest = { refuse: 0.03, abort: 0.005, stall: 0.01, stallBody: 0.01, goaway: 0.01, garble: 0.2 };
    const shares = { dead: 0.05, foreign: 0.05, malformed: 0.05 };
    await start(
      { ...SLOWLY.simulator, ...chances, ...rest, shares },
      { ...SLOWLY.transport, timeoutMs: 1_000 },
    );
    const answers = await broadcast(() => {
      simulator.control.goaway({ midFlight: true });
      simulator.control.setFaults({ maxConcurrentStreams: 20 });
    });
    expect(answers).toHaveLength(MESSAGES);
  });
});
