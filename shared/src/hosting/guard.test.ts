import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EVENT_TYPES, type FunctionDoor } from "./door.ts";
import { createGuard } from "./guard.ts";
import { standBefore } from "./guard-server.ts";
import type { FunctionRequest } from "./http-functions.ts";
import { createLog } from "./log.ts";
import { createSeldom } from "./seldom.ts";

const SECRET = "secret-address";
const JSON_TYPE = { "content-type": "application/json" };
const MAX = 1_000;

let lines: string[];
/** What came through. */
let passed: { body?: unknown; rawBody?: Buffer; url?: string }[];
let admit: FunctionDoor["admit"];
let server: Server;
let port: number;
beforeEach(async () => {
  lines = [];
  passed = [];
  admit = () => undefined;
  const door: FunctionDoor = {
    maxBytes: MAX,
    types: EVENT_TYPES,
    pushed: false,
    admit: (request) => admit(request),
  };
  server = createServer((request: FunctionRequest, response: ServerResponse) => {
    const { body, rawBody, url = "" } = request;
    passed.push({ url, ...(body !== undefined && { body }), ...(rawBody && { rawBody }) });
    response.end("{}");
  });
  const log = createLog("test", "warn", { write: (line) => void lines.push(line) });
  standBefore(server, createGuard(door, createSeldom(log)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function send(
  body: NonNullable<RequestInit["body"]>,
  headers: Record<string, string> = JSON_TYPE,
  path = "",
) {
  const streamed = body instanceof ReadableStream && { duplex: "half" as const };
  const init = { method: "POST", headers, body, ...streamed };
  const response = await fetch(`http://127.0.0.1:${port}/${path}`, init);
  return { status: response.status, body: await response.json() };
}

/** Sends bytes as they are, and gives all that comes back until the connection is closed. */
async function sendRaw(text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.setEncoding("utf8").on("data", (data) => {
    answer += data;
  });
  socket.on("error", () => undefined).write(text);
  await once(socket, "close");
  return answer;
}

const refused = (status: number) => ({ status, body: { error: { message: expect.any(String) } } });

/** A body whose length is not told beforehand. */
function streamOf(count: number, text: string): ReadableStream {
  let left = count;
  return new ReadableStream({
    pull(controller) {
      if (left-- > 0) controller.enqueue(Buffer.from(text));
      else controller.close();
    },
  });
}

describe("a body", () => {
  test("is parsed once, and the path is of no account", async () => {
    expect(await send('{"a":[1]}', JSON_TYPE, "%ff?%ff=%")).toMatchObject({ status: 200 });
    expect(passed).toEqual([{ url: "/", body: { a: [1] } }]);
  });

  test("of an event is handed on as its bytes", async () => {
    await send(Buffer.from([1, 255]), { "content-type": "application/protobuf" });
    expect(passed).toEqual([{ url: "/", rawBody: Buffer.from([1, 255]) }]);
  });

  test("may be empty", async () => {
    await send("");
    await send(" \n");
    expect(passed).toEqual([{ url: "/" }, { url: "/" }]);
  });

  test("may have just the length that the door allows, and not a byte more", async () => {
    expect(await send(`"${"x".repeat(MAX - 2)}"`)).toMatchObject({ status: 200 });
    expect(await send(`"${"x".repeat(MAX - 1)}"`)).toMatchObject(refused(413));
  });

  test("of untold length is counted as it arrives", async () => {
    expect(await send(streamOf(3, " 1"))).toMatchObject(refused(400));
    expect(await send(streamOf(100, "x".repeat(100)))).toMatchObject(refused(413));
    expect(passed).toEqual([]);
  });

  test("that is too long is answered, though its client reads nothing before it has sent all", async () => {
    const head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/json";
    const text = "x".repeat(5_000_000);
    expect(await sendRaw(`${head}\r\nContent-Length: ${text.length}\r\n\r\n${text}`)).toMatch(
      /^HTTP\/1.1 413 [\s\S]*"error"/,
    );
  });

  test("that says it is too long is not waited for", async () => {
    const head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 99999999";
    expect(await sendRaw(`${head}\r\n\r\n`)).toMatch(/^HTTP\/1.1 413 [\s\S]*"error"/);
  });

  test.each(["gzip", "deflate", "br", "zstd", "x"])("is refused in the encoding %s", async (encoding) => {
    const headers = { ...JSON_TYPE, "content-encoding": encoding };
    expect(await send(gzipSync("{}"), headers)).toMatchObject(refused(415));
  });

  test.each([
    "application/x-www-form-urlencoded",
    "text/plain",
    "multipart/form-data; boundary=x",
    "application/json; charset=latin1",
    "application/json; charset=utf-7",
    "",
  ])("is refused in the type %j", async (type) => {
    expect(await send(Buffer.from("{}"), { "content-type": type })).toMatchObject(refused(415));
  });

  test.each(['application/JSON ;charset="UTF-8"', "application/cloudevents+json; charset=utf-8"])(
    "is taken in the type %j",
    async (type) => {
      expect(await send("{}", { "content-type": type })).toMatchObject({ status: 200 });
    },
  );

  test.each([
    `{"fcmToken":"${SECRET}"`,
    SECRET,
    `{"${SECRET}":${"[".repeat(100)}`,
    Buffer.from(`"${SECRET}\xff"`, "latin1"),
  ])("that cannot be read is refused, and quoted neither in the answer nor in the log: %#", async (body) => {
    const answer = await send(body);
    expect(answer).toMatchObject(refused(400));
    expect(JSON.stringify(answer)).not.toContain(SECRET);
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain(SECRET);
    expect(lines[0]).not.toMatch(/"stack"/);
    expect(passed).toEqual([]);
  });
});

describe("a request", () => {
  test("is judged before its body is read", async () => {
    admit = () => ({ failure: "unauthenticated", reason: "no token" });
    const head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 900";
    expect(await sendRaw(`${head}\r\n\r\n`)).toMatch(/^HTTP\/1.1 401 [\s\S]*"UNAUTHENTICATED"/);
    expect(passed).toEqual([]);
  });

  test("by another method is handed on, without its body", async () => {
    const body = "{";
    await fetch(`http://127.0.0.1:${port}/`, { method: "PUT", headers: JSON_TYPE, body });
    await fetch(`http://127.0.0.1:${port}/`);
    expect(passed).toEqual([{ url: "/" }, { url: "/" }]);
  });

  test("by another method, with a body that no function wants, is not read", async () => {
    const body = Buffer.alloc(20_000);
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: "PUT", body });
    expect(response.status).toBe(413);
    expect(passed).toEqual([]);
  });

  test("that breaks off reaches nothing, and others go on", async () => {
    const socket = connect(port, "127.0.0.1");
    socket.write(
      'POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"a"',
    );
    const [request]: IncomingMessage[] = await once(server, "request");
    const gone = new Promise<void>((resolve) => request?.once("close", resolve));
    socket.destroy();
    await gone;
    expect(await send("{}")).toMatchObject({ status: 200 });
    expect(passed).toHaveLength(1);
  });

  test("whose judge fails is answered 500, and not let in", async () => {
    admit = () => Promise.reject(new Error(SECRET));
    expect(await send("{}")).toMatchObject(refused(500));
    expect(lines.join()).not.toContain(SECRET);
    expect(passed).toEqual([]);
  });

  test.each([
    ["no HTTP", `${SECRET}\r\n\r\n`, 400],
    ["a head of 20 KB", `POST / HTTP/1.1\r\nHost: h\r\nX: ${"x".repeat(20_000)}\r\n\r\n`, 431],
    ["to no host", "POST / HTTP/1.1\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}", 400],
    [
      "expecting what no server knows, and is not JSON",
      `POST / HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nExpect: ${SECRET}\r\nConnection: close\r\n\r\n{}`,
      415,
    ],
    ["two lengths", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400],
    [
      "a length beside chunks",
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
      400,
    ],
  ])("that is %s is answered as JSON", async (_, text, status) => {
    expect(await sendRaw(text)).toMatch(
      new RegExp(`^HTTP/1.1 ${status} [\\s\\S]*application/json[\\s\\S]*{"error":`),
    );
    expect(lines.join()).not.toContain(SECRET);
  });
});

test("a flood of one kind is one line a minute", async () => {
  for (let n = 0; n < 20; n++) await send("{");
  await send("{}", { "content-type": "text/plain" });
  expect(lines.map((line) => JSON.parse(line).reason)).toEqual(["malformed JSON", "media type"]);
});
