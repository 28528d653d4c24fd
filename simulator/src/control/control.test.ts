import { connect } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { NO_FAULTS } from "../behaviour/faults.ts";
import { createSimulator, FaultsError, type Simulator } from "../simulator.ts";
import { addressOf, type Client, connectClient, writeMessage } from "../testing/client.ts";
import { until } from "../testing/until.ts";

let simulator: Simulator;
let client: Client;

beforeEach(async () => {
  simulator = await createSimulator();
  client = await connectClient(simulator.url);
});
afterEach(async () => {
  client.close();
  await simulator.close();
});

async function call(method: string, path: string, body?: unknown) {
  const text = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${simulator.url}/control/${path}`, { method, headers, ...text });
  return { status: response.status, body: await response.json() };
}

test("stats are of all broadcasts, or of one", async () => {
  await client.send(writeMessage(addressOf(1), "b1"));
  await client.send(writeMessage(addressOf(1), "b1"));
  await client.send(writeMessage(addressOf(1), "b2"));
  await client.send(writeMessage("no address", "b2"));
  const common = {
    inFlight: 0,
    begun: 4,
    abandoned: 0,
    dropped: 0,
    stalled: 0,
    unprocessed: 0,
    validated: 0,
    peakRssMb: expect.any(Number),
    cpuSeconds: expect.any(Number),
    sessions: 1,
    maxConcurrentStreamsSeen: 1,
  };
  expect(await call("GET", "stats")).toEqual({
    status: 200,
    body: {
      ...common,
      accepted: 3,
      addresses: 1,
      repeats: 1,
      attempts: 4,
      shownTwice: 1,
      byStatus: { 200: 3, 400: 1 },
    },
  });
  const ofOne = {
    accepted: 1,
    addresses: 1,
    repeats: 0,
    attempts: 2,
    shownTwice: 0,
    byStatus: { 200: 1, 400: 1 },
  };
  expect((await call("GET", "stats?broadcast=b2")).body).toEqual({ ...common, ...ofOne });
  expect((await call("GET", "stats?broadcast=none")).body).toMatchObject({ attempts: 0, byStatus: {} });
});

test("the log is one line of JSON for each address of each broadcast", async () => {
  await client.send(writeMessage(addressOf(1), "b1"));
  const { token, ...byFid } = writeMessage(addressOf(2), "b2");
  await client.send({ ...byFid, fid: token });
  await client.send(writeMessage(addressOf(1), "b1"));
  const response = await fetch(`${simulator.url}/control/log`);
  expect(response.headers.get("content-type")).toBe("application/x-ndjson");
  const text = await response.text();
  expect(text.endsWith("\n")).toBe(true);
  const lines = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const first = {
    broadcast: "b1",
    address: addressOf(1),
    kind: "token",
    attempts: 2,
    accepted: 2,
    template: 1,
  };
  const second = {
    broadcast: "b2",
    address: addressOf(2),
    kind: "fid",
    attempts: 1,
    accepted: 1,
    template: 2,
  };
  expect(lines).toEqual([
    { ...first, answers: ["200", "200"], order: [1, 3] },
    { ...second, answers: ["200"], order: [2] },
  ]);
  const ofOne = await client.request("GET", "/control/log?broadcast=b2");
  expect(JSON.parse(ofOne.text)).toEqual(lines[1]);
});

test("a log is made only as fast as it is read", async () => {
  for (let n = 0; n < 3000; n++) await client.send(writeMessage(addressOf(n), "b1"));
  let made = 0;
  const { log } = simulator.control;
  simulator.control.log = function* (broadcast) {
    // Far more than the buffers between here and a reader hold.
    for (let copy = 0; copy < 1000; copy++) {
      for (const line of log(broadcast)) {
        made++;
        yield line;
      }
    }
  };
  const slow = connect(simulator.port, "127.0.0.1");
  slow.pause();
  slow.write("GET /control/log HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await until(() => made).toBeGreaterThan(0);
  // Whatever is answered meanwhile shows that the simulator is not busy writing.
  let before = -1;
  await until(async () => {
    const stood = made === before;
    before = made;
    await call("GET", "stats");
    return stood;
  }).toBe(true);
  expect(made).toBeLessThan(3_000_000);
  slow.destroy();
});

test("messages and phones are as sent", async () => {
  const { token: _, ...message } = writeMessage(addressOf(1), "b1");
  await client.send(writeMessage(addressOf(1), "b1"));
  expect((await call("GET", "messages")).body).toEqual([{ id: 1, broadcast: "b1", message, count: 1 }]);
  const shown = { title: "Hello", body: "World", data: { page: "Home" }, replaceKey: "b1" };
  expect((await call("GET", `phone?address=${addressOf(1)}`)).body).toEqual({
    android: [shown],
    ios: [shown],
  });
  expect((await call("GET", `phone?address=${addressOf(9)}`)).body).toEqual({ android: [], ios: [] });
});

test("faults change while it runs", async () => {
  const changed = await call("PUT", "faults", { error500: 1, maxFaultyAttempts: 1 });
  expect(changed).toEqual({ status: 200, body: { ...NO_FAULTS, error500: 1, maxFaultyAttempts: 1 } });
  expect((await call("GET", "faults")).body).toEqual(changed.body);
  expect((await client.send(writeMessage(addressOf(1), "b1"))).status).toBe(500);
  await call("PUT", "faults", { error500: 0 });
  expect((await client.send(writeMessage(addressOf(2), "b1"))).status).toBe(200);
});

test("goaway says how many it told", async () => {
  const told = new Promise((resolve) => client.session.once("goaway", resolve));
  expect(await call("POST", "goaway")).toEqual({ status: 200, body: { sessions: 1 } });
  expect(await told).toBe(0);
});

test("addresses die, or become another project's, in mid-run", async () => {
  const statusOf = async (n: number) => (await client.send(writeMessage(addressOf(n), "b1"))).status;
  expect(await statusOf(1)).toBe(200);
  await call("PUT", "faults", { shares: { dead: 1 } });
  expect(await statusOf(1)).toBe(404);
  await call("PUT", "faults", { shares: { dead: 0, foreign: 1 } });
  expect(await statusOf(1)).toBe(403);
  await call("PUT", "faults", { shares: { foreign: 0 } });
  expect(await statusOf(1)).toBe(200);
});

test("a payload fault begins and ends at a call, is logged and reaches nobody", async () => {
  await call("PUT", "faults", { payloadFault: true });
  const refused = await client.send(writeMessage(addressOf(1), "b1"));
  const says = "Invalid value at 'message.data[0].value' (TYPE_STRING), 12";
  const field = "message.data[0].value";
  expect(JSON.parse(refused.text)).toEqual({
    error: {
      code: 400,
      message: says,
      status: "INVALID_ARGUMENT",
      details: [
        {
          "@type": "type.googleapis.com/google.rpc.BadRequest",
          fieldViolations: [{ field, description: says }],
        },
      ],
    },
  });
  await call("PUT", "faults", { payloadFault: false });
  expect((await client.send(writeMessage(addressOf(1), "b1"))).status).toBe(200);
  expect([...simulator.control.log()]).toMatchObject([{ accepted: 1, answers: ["400", "200"] }]);
});

test("abort resets every HTTP/2 connection", async () => {
  simulator.control.setFaults({ latency: { meanMs: 600_000 } });
  const sent = expect(client.send(writeMessage(addressOf(1), "b1"))).rejects.toThrow();
  const failed = new Promise((resolve) => client.session.once("error", resolve));
  await until(() => simulator.control.stats().inFlight).toBe(1);
  expect(await call("POST", "abort")).toEqual({ status: 200, body: { sessions: 1 } });
  await sent;
  expect(await failed).toMatchObject({ code: "ECONNRESET" });
  expect(simulator.control.stats()).toMatchObject({ accepted: 1, dropped: 1, abandoned: 0, sessions: 0 });
});

test("a reset forgets what was sent, keeps the faults, and may set the seed", async () => {
  await call("PUT", "faults", { shares: { dead: 0.5 } });
  const sendAll = () =>
    Promise.all(Array.from({ length: 40 }, (_, i) => client.send(writeMessage(addressOf(i), "b1"))));
  const readStatuses = (answers: { status: number }[]) => answers.map(({ status }) => status).join();
  const first = readStatuses(await sendAll());
  expect(await call("POST", "reset")).toEqual({ status: 200, body: {} });
  expect((await call("GET", "stats")).body).toMatchObject({ attempts: 0, accepted: 0, byStatus: {} });
  expect((await call("GET", "messages")).body).toEqual([]);
  expect(readStatuses(await sendAll())).toBe(first);
  await call("POST", "reset", { seed: "another" });
  expect(readStatuses(await sendAll())).not.toBe(first);
});

test("what is under way at a reset is answered, and does not disturb the new log", async () => {
  simulator.control.setFaults({ latency: { meanMs: 300 } });
  const answer = client.send(writeMessage(addressOf(1), "b1"));
  await until(() => simulator.control.stats().attempts).toBe(1);
  simulator.control.reset();
  simulator.control.setFaults({ latency: { meanMs: 0 } });
  await client.send({ ...writeMessage("no address", "b2") });
  expect((await answer).status).toBe(200);
  expect([...simulator.control.log()]).toMatchObject([{ broadcast: "b2", answers: ["400"], order: [1] }]);
  expect(simulator.control.stats()).toMatchObject({ inFlight: 0, attempts: 1, byStatus: { 400: 1 } });
});

test.each([
  [
    "PUT",
    "faults",
    { error503: 2 },
    400,
    { field: "error503", error: "error503 must be a number from 0 to 1" },
  ],
  ["PUT", "faults", { eror503: 1 }, 400, { field: "eror503" }],
  ["PUT", "faults", { latency: { mean: 1 } }, 400, { field: "latency.mean" }],
  ["PUT", "faults", "{", 400, { field: "faults" }],
  ["POST", "reset", { seeds: 1 }, 400, { field: "seeds" }],
  ["POST", "reset", { seed: {} }, 400, { field: "seed" }],
  ["POST", "reset", "[]", 400, { field: "body" }],
  ["POST", "goaway", { midFlight: 1 }, 400, { field: "midFlight" }],
  ["POST", "goaway", { later: true }, 400, { field: "later" }],
  ["PUT", "faults", { authorization: { tokens: [1] } }, 400, { field: "authorization.tokens" }],
  ["GET", "phone", undefined, 400, { field: "address" }],
  ["GET", "fault", undefined, 404, { error: expect.stringContaining("/control/faults") }],
  ["DELETE", "faults", undefined, 405, { error: "/control/faults takes GET or PUT" }],
])("%s /control/%s with %j is a %s that says why", async (method, path, body, status, says) => {
  expect(await call(method, path, body)).toMatchObject({ status, body: says });
  expect(simulator.control.faults()).toEqual(NO_FAULTS);
});

test("faults that make no sense are refused at the start", async () => {
  await expect(createSimulator({ error500: 7 })).rejects.toThrow(
    new FaultsError("error500", "error500 must be a number from 0 to 1"),
  );
});

test.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""])(
  "a web page cannot change anything by a form (%s)",
  async (type) => {
    const headers = { "content-type": type };
    for (const [method = "", path] of [
      ["POST", "reset"],
      ["POST", "abort"],
      ["POST", "goaway"],
      ["PUT", "faults"],
    ]) {
      const response = await fetch(`${simulator.url}/control/${path}`, { method, headers, body: "{}" });
      expect(response.status).toBe(415);
      expect(await response.json()).toEqual({ error: "the content type must be application/json" });
    }
  },
);
