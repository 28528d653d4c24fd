import { constants } from "node:http2";
import { expect, test } from "vitest";
import { markAddress } from "./behaviour/natures.ts";
import {
  addressOf,
  type Client,
  connectClient,
  fcmError,
  SEND_PATH,
  writeMessage,
} from "./testing/client.ts";
import { start } from "./testing/start.ts";
import { until } from "./testing/until.ts";

const address = addressOf(1);

test("an accepted message is named, logged and shown", async () => {
  const { simulator, client } = await start();
  const answer = await client.send(writeMessage(address, "b1"));
  expect(answer.status).toBe(200);
  expect(answer.headers["content-type"]).toBe("application/json; charset=UTF-8");
  expect(JSON.parse(answer.text)).toEqual({
    name: expect.stringMatching(/^projects\/demo\/messages\/0:1%[0-9a-f]{8}$/),
  });
  expect([...simulator.control.log()]).toEqual([
    {
      broadcast: "b1",
      address,
      kind: "token",
      attempts: 1,
      accepted: 1,
      answers: ["200"],
      order: [1],
      template: 1,
    },
  ]);
  const shown = { title: "Hello", body: "World", data: { page: "Home" }, replaceKey: "b1" };
  expect(simulator.control.phone(address)).toEqual({ android: [shown], ios: [shown] });
});

test.each([
  ["dead", 404, fcmError(404, "Requested entity was not found.", "NOT_FOUND", "UNREGISTERED")],
  ["foreign", 403, fcmError(403, "SenderId mismatch", "PERMISSION_DENIED", "SENDER_ID_MISMATCH")],
  [
    "malformed",
    400,
    fcmError(
      400,
      "The registration token is not a valid FCM registration token",
      "INVALID_ARGUMENT",
      "INVALID_ARGUMENT",
    ),
  ],
] as const)("a %s address gets its %s, whatever else goes wrong", async (nature, status, body) => {
  const { simulator, client } = await start({ error500: 1 });
  const marked = markAddress(nature, Math.random);
  for (const target of [{ token: marked }, { fid: marked }]) {
    const answer = await client.send({ ...target, notification: { title: "Hi" } });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toEqual(body);
  }
  expect(simulator.control.stats()).toMatchObject({ accepted: 0, attempts: 2, byStatus: { [status]: 2 } });
});

test("a refused message is logged under its broadcast and reaches nobody", async () => {
  const { simulator, client } = await start();
  const answer = await client.send({ ...writeMessage(address, "b1"), data: { from: "me" } });
  expect(answer.status).toBe(400);
  const [line] = simulator.control.log("b1");
  expect(line).toMatchObject({ address, accepted: 0, answers: ["400"], template: 0 });
  expect(simulator.control.messages()).toEqual([]);
  expect(simulator.control.phone(address)).toEqual({ android: [], ios: [] });
});

test("error500 answers 500 before accepting, and the fourth attempt is served", async () => {
  const { simulator, client } = await start({ error500: 1 });
  const answers = [];
  for (let i = 0; i < 4; i++) answers.push(await client.send(writeMessage(address, "b1")));
  expect(answers.map(({ status }) => status)).toEqual([500, 500, 500, 200]);
  expect(JSON.parse(answers[0]?.text ?? "")).toEqual(
    fcmError(500, "Internal error encountered.", "INTERNAL", "INTERNAL"),
  );
  expect([...simulator.control.log()]).toMatchObject([
    { attempts: 4, accepted: 1, answers: ["500", "500", "500", "200"] },
  ]);
});

test("error503 answers now JSON, now HTML", async () => {
  const { simulator, client } = await start({ error503: 1, maxFaultyAttempts: 1 });
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, i) => client.send(writeMessage(addressOf(i), "b1"))),
  );
  const bodies = Map.groupBy(answers, ({ headers }) => headers["content-type"]);
  expect([...bodies.keys()].sort()).toEqual(["application/json; charset=UTF-8", "text/html; charset=UTF-8"]);
  expect(JSON.parse(bodies.get("application/json; charset=UTF-8")?.[0]?.text ?? "")).toEqual(
    fcmError(503, "The service is currently unavailable.", "UNAVAILABLE", "UNAVAILABLE"),
  );
  expect(bodies.get("text/html; charset=UTF-8")?.[0]?.text).toMatch(/^<!DOCTYPE html>[\s\S]*Error 503/);
  expect(simulator.control.stats()).toMatchObject({ accepted: 0, byStatus: { 503: 40 } });
});

test("error503After accepts, then answers 503: a repeat replaces by tag, or shows twice without", async () => {
  const { simulator, client } = await start({ error503After: 1, maxFaultyAttempts: 1 });
  const tagless = { token: addressOf(2), notification: { title: "Hello" } };
  expect((await client.send(writeMessage(address, "b1"))).status).toBe(503);
  expect((await client.send(tagless)).status).toBe(503);
  expect(simulator.control.stats()).toMatchObject({ accepted: 2, addresses: 2, repeats: 0, shownTwice: 0 });
  expect((await client.send(writeMessage(address, "b1"))).status).toBe(200);
  expect((await client.send(tagless)).status).toBe(200);
  expect(simulator.control.stats()).toMatchObject({ accepted: 4, addresses: 2, repeats: 2, shownTwice: 1 });
  expect(simulator.control.stats("b1")).toMatchObject({
    accepted: 2,
    addresses: 1,
    repeats: 1,
    shownTwice: 0,
  });
  expect(simulator.control.stats("")).toMatchObject({ accepted: 2, addresses: 1, repeats: 1, shownTwice: 1 });
  expect(simulator.control.phone(address).android).toHaveLength(1);
  expect(simulator.control.phone(addressOf(2)).ios).toHaveLength(2);
});

test("the same content under two broadcasts is seen twice, though in neither alone", async () => {
  const { simulator, client } = await start();
  await client.send(writeMessage(address, "b1"));
  await client.send(writeMessage(address, "b2"));
  expect(simulator.control.stats()).toMatchObject({ accepted: 2, addresses: 1, repeats: 0, shownTwice: 1 });
  expect(simulator.control.stats("b1").shownTwice).toBe(0);
  // A later text takes the place of one of the two.
  await client.send(writeMessage(address, "b2", "Something else"));
  expect(simulator.control.stats()).toMatchObject({ accepted: 3, repeats: 1, shownTwice: 0 });
});

test("a drop resets its stream alone, half the time after accepting", async () => {
  const { simulator, client } = await start({ drop: 1, maxFaultyAttempts: 1 });
  const sent = await Promise.allSettled(
    Array.from({ length: 60 }, (_, i) => client.send(writeMessage(addressOf(i), "b1"))),
  );
  const reasons = sent.map((each) => String((each as PromiseRejectedResult).reason));
  // Node tells a client of the code CANCEL by no error, but by a stream that just closes.
  expect(new Set(reasons)).toEqual(
    new Set([
      "Error [ERR_HTTP2_STREAM_ERROR]: Stream closed with error code NGHTTP2_INTERNAL_ERROR",
      "Error: closed without an answer",
    ]),
  );
  const { accepted, dropped, abandoned, inFlight } = simulator.control.stats();
  expect({ dropped, abandoned, inFlight }).toEqual({ dropped: 60, abandoned: 0, inFlight: 0 });
  expect(accepted).toBeGreaterThan(10);
  expect(accepted).toBeLessThan(50);
  expect([...simulator.control.log()].every(({ answers }) => answers.join() === "dropped")).toBe(true);
  expect((await client.send(writeMessage(address, "b1"))).status).toBe(200);
});

test("with dropConnection a drop ends the connection and all that is under way on it", async () => {
  const { simulator, client } = await start({ latency: { meanMs: 600_000 } });
  const waiting = client.send(writeMessage(address, "b1"));
  await until(() => simulator.control.stats().inFlight).toBe(1);
  simulator.control.setFaults({ latency: { meanMs: 0 }, drop: 1, dropConnection: true });
  await expect(client.send(writeMessage(addressOf(2), "b1"))).rejects.toThrow();
  await expect(waiting).rejects.toThrow();
  await until(() => simulator.control.stats()).toMatchObject({
    inFlight: 0,
    dropped: 2,
    abandoned: 0,
    sessions: 0,
  });
});

test("over HTTP/1.1 a drop ends the connection", async () => {
  const { simulator } = await start({ drop: 1 });
  const body = JSON.stringify({ message: writeMessage(address, "b1") });
  await expect(fetch(simulator.url + SEND_PATH, { method: "POST", body })).rejects.toThrow();
  expect(simulator.control.stats()).toMatchObject({ dropped: 1, abandoned: 0, inFlight: 0 });
});

test("a dry run is checked, but neither logged nor shown nor an attempt", async () => {
  const { simulator, client } = await start({ error500: 1, maxFaultyAttempts: 1 });
  const dryRun = (message: object) =>
    client.request("POST", SEND_PATH, JSON.stringify({ message, validate_only: true }));
  const sound = await dryRun(writeMessage(address, "b1"));
  expect(JSON.parse(sound.text)).toEqual({ name: "projects/demo/messages/fake_message_id" });
  expect((await dryRun(writeMessage(markAddress("dead", Math.random), "b1"))).status).toBe(404);
  expect((await dryRun({ token: address, data: { from: "x" } })).status).toBe(400);
  expect([...simulator.control.log()]).toEqual([]);
  expect(simulator.control.stats()).toMatchObject({ accepted: 0, attempts: 0, validated: 3 });
  expect((await client.send(writeMessage(address, "b1"))).status).toBe(500);
});

test("what happens to an address does not depend on what happens to others", async () => {
  const options = {
    seed: "same",
    shares: { dead: 0.1, foreign: 0.05, malformed: 0.05 },
    error429: 0.1,
    error500: 0.1,
    error503: 0.1,
    error503After: 0.1,
    drop: 0.1,
  };
  const addresses = Array.from({ length: 300 }, (_, i) => addressOf(i));
  const [forth, back] = [await start(options), await start(options)];
  for (let round = 0; round < 4; round++) {
    await Promise.allSettled(addresses.map((each) => forth.client.send(writeMessage(each, "b1"))));
  }
  for (const each of addresses.toReversed()) {
    for (let attempt = 0; attempt < 4; attempt++) {
      await back.client.send(writeMessage(each, "b1")).catch(() => {});
    }
  }
  const readFates = ({ simulator }: typeof forth) =>
    new Map(
      [...simulator.control.log()].map((line) => [line.address, [line.accepted, ...line.answers].join(" ")]),
    );
  expect(readFates(back)).toEqual(readFates(forth));
  expect(new Set(readFates(forth).values()).size).toBeGreaterThan(10);
});

test("10,000 requests over four connections are each logged exactly once", async () => {
  const { simulator } = await start();
  const clients = await Promise.all([0, 1, 2, 3].map(() => connectClient(simulator.url)));
  let next = 0;
  async function work(client: Client): Promise<void> {
    while (next < 10_000) await client.send(writeMessage(addressOf(next++), "b1"));
  }
  await Promise.all(clients.flatMap((client) => Array.from({ length: 50 }, () => work(client))));
  const lines = [...simulator.control.log()];
  expect(new Set(lines.map((line) => line.address)).size).toBe(10_000);
  expect(lines.every(({ attempts, accepted }) => attempts === 1 && accepted === 1)).toBe(true);
  expect(new Set(lines.flatMap(({ order }) => order)).size).toBe(10_000);
  expect(simulator.control.stats()).toMatchObject({
    accepted: 10_000,
    repeats: 0,
    inFlight: 0,
    abandoned: 0,
  });
  expect(simulator.control.stats().maxConcurrentStreamsSeen).toBeLessThanOrEqual(50);
  expect(simulator.control.messages()).toEqual([
    {
      id: 1,
      broadcast: "b1",
      message: expect.not.objectContaining({ token: expect.anything() }),
      count: 10_000,
    },
  ]);
});

test("a client that goes away is counted as abandoned, and what it sent was taken", async () => {
  const { simulator, client } = await start({ latency: { meanMs: 600_000 } });
  const sent = [1, 2, 3].map((n) => client.send(writeMessage(addressOf(n), "b1")).catch(() => "gone"));
  await until(() => simulator.control.stats().inFlight).toBe(3);
  expect([...simulator.control.log()].map(({ answers }) => answers)).toEqual([["open"], ["open"], ["open"]]);
  client.session.destroy();
  expect(await Promise.all(sent)).toEqual(["gone", "gone", "gone"]);
  await until(() => simulator.control.stats()).toMatchObject({
    inFlight: 0,
    abandoned: 3,
    accepted: 3,
    sessions: 0,
    byStatus: {},
  });
  expect([...simulator.control.log()].map(({ answers }) => answers)).toEqual([["gone"], ["gone"], ["gone"]]);
});

test("a single stream that its client cancels is abandoned, too, on either protocol", async () => {
  const { simulator, client } = await start({ latency: { meanMs: 600_000 } });
  const stream = client.session.request({ ":method": "POST", ":path": SEND_PATH });
  stream.end(JSON.stringify({ message: writeMessage(address, "b1") }));
  const abort = new AbortController();
  const body = JSON.stringify({ message: writeMessage(addressOf(2), "b1") });
  const fetched = fetch(simulator.url + SEND_PATH, { method: "POST", body, signal: abort.signal });
  await until(() => simulator.control.stats().inFlight).toBe(2);
  stream.close(constants.NGHTTP2_CANCEL);
  abort.abort();
  await expect(fetched).rejects.toThrow();
  await until(() => simulator.control.stats()).toMatchObject({ inFlight: 0, abandoned: 2 });
});
