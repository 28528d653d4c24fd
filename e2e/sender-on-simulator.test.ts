import { createHttp2Transport } from "@fanfare/fcm-http2/http2-transport";
import type { Credential, Transport } from "@fanfare/fcm-http2/transport";
import { createSendChunk } from "@fanfare/sender/send-chunk";
import { type Bench, createBench } from "@fanfare/sender/testing/bench";
import { outcomesOf } from "@fanfare/shared/domain/chunk";
import { broadcastOf } from "@fanfare/shared/domain/ids";
import { resume } from "@fanfare/shared/operations/resume";
import { makeBroadcast, makeMembers } from "@fanfare/shared/testing/records";
import { createSimulator, type Simulator, type SimulatorOptions } from "@fanfare/simulator";
import { certificate } from "@fanfare/simulator/testing/certificate";
import { afterEach, describe, expect, test } from "vitest";
import { halfway, SLOWLY } from "./testing/halfway.ts";

const CHUNKS = 3;
const MEMBERS = 150;
const ALL = CHUNKS * MEMBERS;

/** Short, as the waits of all chunks move the one clock by which each counts its time. */
const RETRY = { baseMs: 1_000, maxMs: 4_000, giveUpMs: 3_600_000 };

let simulator: Simulator;
let transport: Transport;
let bench: Bench;

afterEach(async () => {
  await transport.close(0);
  await simulator.close();
  await bench.store.close();
});

/** The bench's own transport is not the one that sends. */
const unused = () => Promise.reject(new Error("not used"));

/** Gives one token after the other, the next at each renewal. */
function createTokens(...tokens: string[]) {
  let renewals = 0;
  const credential: Credential = {
    authorization: async () => `Bearer ${tokens[Math.min(renewals, tokens.length - 1)]}`,
    async renew() {
      renewals += 1;
    },
  };
  return { credential, renewals: () => renewals };
}

describe.each([
  ["without TLS", "fanfare", undefined],
  ["over TLS", "fanfare", certificate],
  ["by Node's driver without TLS", "node", undefined],
  ["by Node's driver over TLS", "node", certificate],
] as const)("%s", (_, driver, tls) => {
  const tokens = () => createTokens("first", "second");

  /** A process that sends a broadcast of three chunks at once, over the real transport. */
  async function start(
    options: SimulatorOptions,
    {
      credential = tokens().credential,
      timeoutMs = 10_000,
    }: { credential?: Credential; timeoutMs?: number } = {},
  ) {
    simulator = await createSimulator({ seed: "sender", ...SLOWLY.simulator, ...options, tls });
    transport = createHttp2Transport({
      driver,
      endpoint: simulator.url,
      project: "demo",
      credential,
      ...SLOWLY.transport,
      timeoutMs,
      ...(tls && { ca: tls.cert }),
    });
    bench = createBench();
    const { deps } = bench.createSender(unused, { transport, credential, retry: RETRY });
    const sendChunk = createSendChunk(deps);
    const broadcast = makeBroadcast("on the simulator");
    await bench.store.broadcasts.create(broadcast);
    const members = Array.from({ length: CHUNKS }, (_, n) => makeMembers(MEMBERS, n * MEMBERS));
    const ids = await bench.addChunks(broadcast.id, members);
    return { ids, send: () => Promise.all(ids.map(sendChunk)) };
  }

  /** What the ledger says of all chunks. */
  async function readBooks(ids: string[]) {
    const chunks = await Promise.all(ids.map(bench.chunk));
    const outcomes = chunks.flatMap((chunk) => outcomesOf(chunk));
    const possibleRepeats = chunks.reduce((sum, chunk) => sum + chunk.possibleRepeats, 0);
    return { accepted: outcomes.filter((outcome) => outcome === "accepted").length, possibleRepeats };
  }

  /** Everybody was reached once, and nobody counted as possibly reached twice. */
  async function expectAllOnce(ids: string[]): Promise<void> {
    expect(await readBooks(ids)).toEqual({ accepted: ALL, possibleRepeats: 0 });
    expect(simulator.control.stats()).toMatchObject({ accepted: ALL, addresses: ALL, repeats: 0 });
  }

  test("GOAWAYs in mid-flight add nothing to possible repeats", async () => {
    const { ids, send } = await start({ goaway: 0.02 });
    const sent = send();
    await halfway(simulator, ALL);
    simulator.control.goaway({ midFlight: true });
    expect(await sent).toEqual(new Array(CHUNKS).fill("settled"));
    await expectAllOnce(ids);
    expect(simulator.control.stats().unprocessed).toBeGreaterThan(0);
  });

  test("refused streams and a lowered limit add nothing either", async () => {
    const { ids, send } = await start({ refuse: 0.2 });
    const sent = send();
    await halfway(simulator, ALL);
    simulator.control.setFaults({ maxConcurrentStreams: 10 });
    expect(await sent).toEqual(new Array(CHUNKS).fill("settled"));
    await expectAllOnce(ids);
    expect(simulator.control.stats().unprocessed).toBeGreaterThan(0);
  });

  test("a token that is not taken is renewed once for all in flight", async () => {
    const issued = tokens();
    const { ids, send } = await start({ authorization: { tokens: ["second"] } }, issued);
    expect(await send()).toEqual(new Array(CHUNKS).fill("settled"));
    await expectAllOnce(ids);
    expect(issued.renewals()).toBe(1);
    expect(simulator.control.stats().byStatus[401]).toBeGreaterThan(1);
  });

  test("a token that expires in mid-broadcast is renewed once, and nobody is sent to twice", async () => {
    const issued = tokens();
    const { ids, send } = await start({ authorization: { tokens: ["first"] } }, issued);
    const sent = send();
    await halfway(simulator, ALL);
    simulator.control.setFaults({ authorization: { tokens: ["second"] } });
    expect(await sent).toEqual(new Array(CHUNKS).fill("settled"));
    await expectAllOnce(ids);
    expect(issued.renewals()).toBe(1);
    expect(simulator.control.stats().byStatus[401]).toBeGreaterThan(0);
  });

  test("addresses that die in mid-broadcast are rejected, and nobody else is", async () => {
    const { ids, send } = await start({});
    const sent = send();
    await halfway(simulator, ALL);
    simulator.control.setFaults({ shares: { dead: 1 } });
    expect(await sent).toEqual(new Array(CHUNKS).fill("settled"));
    const { accepted, byStatus } = simulator.control.stats();
    expect(await readBooks(ids)).toEqual({ accepted, possibleRepeats: 0 });
    expect(byStatus).toEqual({ 200: accepted, 404: ALL - accepted });
    expect(accepted).toBeLessThan(ALL);
  });

  test.each([
    ["no token is taken", { authorization: { tokens: [] } }, /credential: 401 UNAUTHENTICATED/],
    [
      "the account may not send",
      { authorization: { withoutRights: ["first", "second"] } },
      /credential: 403 PERMISSION/,
    ],
    ["the payload is at fault", { payloadFault: true }, /devices: 400 INVALID_ARGUMENT .*message\.data/],
  ])("where %s the broadcast is held, and goes on once that is mended", async (_, faults, reason) => {
    const issued = tokens();
    const { ids, send } = await start(faults, issued);
    expect(await send()).toEqual(new Array(CHUNKS).fill("parked"));
    const id = broadcastOf(ids[0] ?? "");
    expect((await bench.store.broadcasts.get(id))?.gates.held?.reason).toMatch(reason);
    expect(await readBooks(ids)).toEqual({ accepted: 0, possibleRepeats: 0 });
    expect(issued.renewals()).toBeLessThanOrEqual(1);

    simulator.control.setFaults({ payloadFault: false, authorization: { tokens: null, withoutRights: [] } });
    await resume(bench.store, id, "held", { by: "test" });
    expect(await send()).toEqual(new Array(CHUNKS).fill("settled"));
    await expectAllOnce(ids);
  });

  test("what is reset, stalled or lost is counted before it is repeated", async () => {
    const after = { drop: 0.05, abort: 0.01, stall: 0.03, stallBody: 0.03, error503After: 0.03 };
    const { ids, send } = await start(
      { ...after, refuse: 0.03, goaway: 0.01, error429: 0.01, retryAfterSeconds: 1 },
      { timeoutMs: 1_000 },
    );
    const sent = send();
    await halfway(simulator, ALL);
    simulator.control.abort();
    expect(await sent).toEqual(new Array(CHUNKS).fill("settled"));
    const { accepted, possibleRepeats } = await readBooks(ids);
    expect(accepted).toBe(ALL);
    const { addresses, repeats } = simulator.control.stats();
    expect(addresses).toBe(ALL);
    expect(repeats).toBeGreaterThan(0);
    expect(repeats).toBeLessThanOrEqual(possibleRepeats);
  });
});
