import { once } from "node:events";
import { constants } from "node:http2";
import { connect } from "node:net";
import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import type { FaultsPatch } from "../behaviour/faults.ts";
import { createSimulator, type Simulator } from "../simulator.ts";
import { certificate } from "../testing/certificate.ts";
import { addressOf, type Client, connectClient, SEND_PATH, writeMessage } from "../testing/client.ts";
import { until } from "../testing/until.ts";

let simulator: Simulator;
let client: Client;

afterEach(async () => {
  client.close();
  await simulator.close();
});

describe.each([
  ["cleartext", undefined],
  ["TLS", certificate],
])("over %s", (_, tls) => {
  async function start(faults: FaultsPatch): Promise<void> {
    simulator = await createSimulator({ ...faults, tls });
    client = await reconnect();
  }

  function reconnect(): Promise<Client> {
    return connectClient(simulator.url, tls && { ca: tls.cert });
  }

  const send = (n: number) => client.send(writeMessage(addressOf(n), "b1"));
  const sendAll = (count: number) =>
    Promise.allSettled(Array.from({ length: count }, (_, n) => send(n).then(({ status }) => status)));

  /** Opens a stream and says with which code it ends. */
  function open(n: number) {
    const stream = client.session.request({ ":method": "POST", ":path": SEND_PATH });
    stream.on("error", () => {});
    stream.end(JSON.stringify({ message: writeMessage(addressOf(n), "b1") }));
    const ended = new Promise((resolve) => stream.resume().on("close", () => resolve(stream.rstCode)));
    return { stream, ended };
  }

  const readLog = () => [...simulator.control.log()];

  test("what is refused was not processed, and is served in the end", async () => {
    await start({ refuse: 1, maxFaultyAttempts: 1 });
    expect(await open(1).ended).toBe(constants.NGHTTP2_REFUSED_STREAM);
    expect(simulator.control.stats()).toMatchObject({ accepted: 0, unprocessed: 1, dropped: 0, sessions: 1 });
    expect((await send(1)).status).toBe(200);
    expect(readLog()).toMatchObject([{ accepted: 1, answers: ["unprocessed", "200"] }]);
  });

  test("an abort resets the connection, half the time after accepting", async () => {
    await start({ abort: 1, maxFaultyAttempts: 1 });
    for (let n = 0; n < 20; n++) {
      const failed = once(client.session, "error");
      await expect(send(n)).rejects.toThrow();
      expect(await failed).toMatchObject([{ code: "ECONNRESET" }]);
      client = await reconnect();
    }
    expect(readLog().every(({ answers }) => answers.join() === "dropped")).toBe(true);
    expect(new Set(readLog().map(({ accepted }) => accepted))).toEqual(new Set([0, 1]));
    expect(simulator.control.stats()).toMatchObject({ dropped: 20, abandoned: 0, inFlight: 0, byStatus: {} });
  });

  test("a stall lasts until the client has had enough, half the time after accepting", async () => {
    await start({ stall: 1, maxFaultyAttempts: 1 });
    const stalled = Array.from({ length: 40 }, (_, n) => open(n));
    await until(() => simulator.control.stats().stalled).toBe(40);
    // What others get shows that the silence is not the connection's.
    simulator.control.setFaults({ stall: 0 });
    expect((await send(99)).status).toBe(200);
    expect(stalled.filter(({ stream }) => stream.closed)).toEqual([]);
    for (const { stream } of stalled) stream.close(constants.NGHTTP2_CANCEL);
    await Promise.all(stalled.map(({ ended }) => ended));
    const lines = readLog().slice(0, 40);
    expect(lines.every(({ answers }) => answers.join() === "stalled")).toBe(true);
    expect(new Set(lines.map(({ accepted }) => accepted))).toEqual(new Set([0, 1]));
    expect(simulator.control.stats()).toMatchObject({ inFlight: 0, abandoned: 0 });
  });

  test("a body that never ends belongs to a 200 that was accepted, or to a 503 that was not", async () => {
    await start({ stallBody: 1, maxFaultyAttempts: 1 });
    const statuses: number[] = [];
    for (let n = 0; n < 20; n++) {
      const { stream, ended } = open(n);
      const [headers] = await once(stream, "response");
      const [half] = await once(stream, "data");
      expect(() => JSON.parse(String(half))).toThrow();
      statuses.push(Number(headers[":status"]));
      expect(stream.readableEnded).toBe(false);
      stream.close(constants.NGHTTP2_CANCEL);
      await ended;
    }
    expect(new Set(statuses)).toEqual(new Set([200, 503]));
    expect(readLog().map(({ accepted }) => (accepted === 1 ? 200 : 503))).toEqual(statuses);
    expect(simulator.control.stats()).toMatchObject({ stalled: 20, byStatus: {} });
  });

  test("a GOAWAY in mid-flight: what lies above it was not processed, the rest is answered", async () => {
    await start({ latency: { meanMs: 100 } });
    const goaway = once(client.session, "goaway");
    const closed = once(client.session, "close");
    const streams = Array.from({ length: 10 }, (_, n) => open(n));
    await until(() => simulator.control.stats().inFlight).toBe(10);
    expect(simulator.control.goaway({ midFlight: true })).toBe(1);
    // Streams have odd ids from 1: the fifth of ten is the last.
    expect((await goaway).slice(0, 2)).toEqual([0, 9]);
    const { NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } = constants;
    expect(await Promise.all(streams.map(({ ended }) => ended))).toEqual([
      ...new Array(5).fill(NGHTTP2_NO_ERROR),
      ...new Array(5).fill(NGHTTP2_REFUSED_STREAM),
    ]);
    await closed;
    expect(readLog().map(({ accepted, answers }) => [accepted, ...answers])).toEqual([
      ...new Array(5).fill([1, "200"]),
      ...new Array(5).fill([0, "unprocessed"]),
    ]);
    const counts = { accepted: 5, unprocessed: 5, abandoned: 0, dropped: 0, inFlight: 0, sessions: 0 };
    await until(() => simulator.control.stats()).toMatchObject(counts);
  });

  test("a GOAWAY by chance: its message is the last that is taken", async () => {
    await start({ goaway: 1, maxFaultyAttempts: 1 });
    const goaway = once(client.session, "goaway");
    const closed = once(client.session, "close");
    const sent = await sendAll(20);
    const [code, last] = await goaway;
    await closed;
    expect(code).toBe(0);
    const taken = sent.filter(({ status }) => status === "fulfilled").length;
    expect(taken).toBe((last + 1) / 2);
    expect(taken).toBeLessThan(20);
    // What lies above the last was begun, too.
    expect(simulator.control.stats()).toMatchObject({ begun: 20, accepted: taken, byStatus: { 200: taken } });
    client = await reconnect();
    expect((await send(0)).status).toBe(200);
  });

  test("a reset finds a connection that has ended but is not yet forgotten", async () => {
    await start({ drop: 1, dropConnection: true });
    const lost = expect(send(1)).rejects.toThrow();
    while (simulator.control.stats().dropped === 0) await setImmediate();
    simulator.control.abort();
    await lost;
    await until(() => simulator.control.stats().sessions).toBe(0);
  });

  test("the limit of streams is told to open connections and to new ones", async () => {
    await start({});
    const changed = once(client.session, "remoteSettings");
    simulator.control.setFaults({ maxConcurrentStreams: 7 });
    expect((await changed)[0].maxConcurrentStreams).toBe(7);
    client.close();
    client = await reconnect();
    expect(client.session.remoteSettings.maxConcurrentStreams).toBe(7);
    const raised = once(client.session, "remoteSettings");
    simulator.control.setFaults({ maxConcurrentStreams: 200 });
    expect((await raised)[0].maxConcurrentStreams).toBe(200);
    expect((await sendAll(150)).every(({ status }) => status === "fulfilled")).toBe(true);
  });
});

test("a request counts as begun when its header fields arrive, and as an attempt when its body has", async () => {
  simulator = await createSimulator({ initialWindowBytes: 0 });
  client = await connectClient(simulator.url);
  const sent = [1, 2, 3].map((n) => client.send(writeMessage(addressOf(n), "b1")));
  await until(() => simulator.control.stats()).toMatchObject({ begun: 3, attempts: 0, inFlight: 0 });
  simulator.control.setFaults({ initialWindowBytes: 50 });
  expect((await Promise.all(sent)).map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(simulator.control.stats()).toMatchObject({ begun: 3, attempts: 3 });

  const http1 = connect(simulator.port, "127.0.0.1");
  http1.write(`POST ${SEND_PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n`);
  await until(() => simulator.control.stats()).toMatchObject({ begun: 4, attempts: 3 });
  http1.destroy();
  simulator.control.reset();
  expect(simulator.control.stats().begun).toBe(0);
});

test("over HTTP/1.1 each fault has its like", async () => {
  simulator = await createSimulator({ maxFaultyAttempts: 1 });
  client = await connectClient(simulator.url);
  const post = (n: number, signal: AbortSignal | null = null) => {
    const body = JSON.stringify({ message: writeMessage(addressOf(n), "b1") });
    return fetch(simulator.url + SEND_PATH, { method: "POST", body, signal });
  };
  const set = (patch: FaultsPatch) => simulator.control.setFaults(patch);

  set({ refuse: 1 });
  await expect(post(1)).rejects.toThrow();
  set({ refuse: 0, abort: 1 });
  await expect(post(2)).rejects.toMatchObject({ cause: { code: "ECONNRESET" } });
  set({ abort: 0, goaway: 1 });
  expect((await post(3)).headers.get("connection")).toBe("close");
  set({ goaway: 0, stallBody: 1 });
  const half = new AbortController();
  expect([200, 503]).toContain((await post(4, half.signal)).status);
  half.abort();
  set({ stallBody: 0, stall: 1 });
  const patience = new AbortController();
  const waiting = expect(post(5, patience.signal)).rejects.toThrow();
  await until(() => simulator.control.stats().stalled).toBe(2);
  patience.abort();
  await waiting;
  const counts = { unprocessed: 1, dropped: 1, stalled: 2, abandoned: 0, byStatus: { 200: 1 } };
  expect(simulator.control.stats()).toMatchObject(counts);
});
