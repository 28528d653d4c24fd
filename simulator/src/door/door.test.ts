import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createSimulator, type Simulator } from "../simulator.ts";
import { addressOf, connectClient, SEND_PATH, writeMessage } from "../testing/client.ts";
import { until } from "../testing/until.ts";

let simulator: Simulator;

beforeEach(async () => {
  simulator = await createSimulator({ maxConcurrentStreams: 40 });
});
afterEach(() => simulator.close());

test("one port speaks HTTP/1.1 and HTTP/2", async () => {
  const client = await connectClient(simulator.url);
  const overHttp2 = await client.send(writeMessage(addressOf(1), "b1"));
  const body = JSON.stringify({ message: writeMessage(addressOf(2), "b1") });
  const overHttp1 = await fetch(simulator.url + SEND_PATH, { method: "POST", body });
  expect([overHttp2.status, overHttp1.status]).toEqual([200, 200]);
  expect(await overHttp1.json()).toEqual({ name: expect.stringMatching(/^projects\/demo\/messages\/0:2%/) });
  expect(simulator.control.stats()).toMatchObject({ accepted: 2, sessions: 1 });
});

test("clients are told how many streams they may open", async () => {
  const { session } = await connectClient(simulator.url);
  expect(session.remoteSettings.maxConcurrentStreams).toBe(40);
});

test("first bytes that come one by one are put together, whichever protocol they are of", async () => {
  const http1 = connect(simulator.port, "127.0.0.1");
  http1.setNoDelay(true);
  for (const byte of "POST / HTTP/1.1\r\n") await new Promise((done) => http1.write(byte, done));
  http1.write("Host: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  expect(await text(http1)).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);

  const http2 = connect(simulator.port, "127.0.0.1");
  http2.setNoDelay(true);
  for (const byte of "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") await new Promise((done) => http2.write(byte, done));
  http2.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
  const [frame] = await once(http2, "data");
  // The fourth byte is the frame's type; 4 is SETTINGS.
  expect(frame[3]).toBe(4);
  http2.destroy();
});

test.each([
  ["GET", SEND_PATH, 405, "Error 405 (Method Not Allowed)!!1"],
  ["POST", "/v1/projects/demo/messages:sent", 404, "Error 404 (Not Found)!!1"],
  ["POST", "/v1/projects/a/b/messages:send", 404, "Error 404 (Not Found)!!1"],
  ["GET", "/<script>", 404, "<code>/&#60;script&#62;</code>"],
])("%s %s is a %s in HTML", async (method, path, status, part) => {
  const client = await connectClient(simulator.url);
  const answer = await client.request(method, path);
  expect(answer.status).toBe(status);
  expect(answer.headers["content-type"]).toBe("text/html; charset=UTF-8");
  expect(answer.text).toContain(part);
});

test("a body beyond all measure is refused on either protocol", async () => {
  const body = "x".repeat((1 << 20) + 1);
  const client = await connectClient(simulator.url);
  expect((await client.request("POST", SEND_PATH, body)).status).toBe(413);
  expect((await fetch(simulator.url + SEND_PATH, { method: "POST", body })).status).toBe(413);
  expect((await client.request("PUT", "/control/faults", body)).status).toBe(413);
});

test("a body that is no JSON is a 400 and in nobody's log", async () => {
  const client = await connectClient(simulator.url);
  const answer = await client.request("POST", SEND_PATH, "<xml/>");
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.text).error.message).toBe(
    "Invalid JSON payload received. Unexpected token.\n<xml/>\n^",
  );
  expect(simulator.control.stats()).toMatchObject({ attempts: 0, byStatus: { 400: 1 } });
});

test("GOAWAY lets what is under way finish and sends the client elsewhere", async () => {
  simulator.control.setFaults({ latency: { meanMs: 300 } });
  const client = await connectClient(simulator.url);
  const told = once(client.session, "goaway");
  const closed = once(client.session, "close");
  const answer = client.send(writeMessage(addressOf(1), "b1"));
  await until(() => simulator.control.stats().attempts).toBe(1);
  expect(simulator.control.goaway()).toBe(1);
  const [code] = await told;
  expect(code).toBe(0);
  expect((await answer).status).toBe(200);
  await closed;
  expect(simulator.control.stats()).toMatchObject({ accepted: 1, abandoned: 0, inFlight: 0 });
  const again = await connectClient(simulator.url);
  expect((await again.send(writeMessage(addressOf(2), "b1"))).status).toBe(200);
});

test("closing breaks connections of every sort and frees the port", async () => {
  const client = await connectClient(simulator.url);
  const silent = connect(simulator.port, "127.0.0.1");
  await once(silent, "connect");
  await fetch(`${simulator.url}/control/stats`);
  const ends = [once(client.session, "close"), once(silent, "close")];
  await simulator.close();
  await Promise.all(ends);
  const next = await createSimulator({ port: simulator.port });
  await next.close();
});
