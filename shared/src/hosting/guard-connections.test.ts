import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { JSON_TYPES, MAX_BODY, SHORT_BODY } from "./door.ts";
import { createGuard } from "./guard.ts";
import { standBefore } from "./guard-server.ts";
import { createLog } from "./log.ts";
import { createSeldom } from "./seldom.ts";

/** What a client leaves behind that goes away, or that does not. */

const HEAD = "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/json";

let server: Server;
let port: number;
beforeEach(async () => {
  server = createServer((_request, response) => void response.end("{}"));
  const door = { maxBytes: MAX_BODY.message, types: JSON_TYPES, pushed: false, admit: () => undefined };
  standBefore(server, createGuard(door, createSeldom(createLog("test", "silent"))));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const open = () => connect({ port, host: "127.0.0.1", allowHalfOpen: true }).on("error", () => undefined);

/** A client that begins a large request, and what the server has of it. */
async function begin(length: number): Promise<{ client: Socket; response: ServerResponse }> {
  const client = open();
  client.write(`${HEAD}\r\nContent-Length: ${length}\r\n\r\n{`);
  const [, response] = (await once(server, "request")) as [IncomingMessage, ServerResponse];
  return { client, response };
}

async function leave({ client, response }: Awaited<ReturnType<typeof begin>>): Promise<void> {
  const closed = once(response, "close");
  client.destroy();
  await closed;
}

test("a client that leaves while it waits for its turn takes no other's place along", async () => {
  const first = await begin(MAX_BODY.message);
  const second = await begin(MAX_BODY.message);
  await leave(second);
  await leave(first);
  const body = JSON.stringify("x".repeat(4_000_000));
  const headers = { "content-type": "application/json" };
  const response = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", headers, body });
  expect(response.status).toBe(200);
});

/** Sends a body without telling its length. */
function stream(text: string) {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(Buffer.from(text));
      controller.close();
    },
  });
  const init = { method: "POST", headers: { "content-type": "application/json" }, body };
  return fetch(`http://127.0.0.1:${port}/`, { ...init, duplex: "half" });
}

test("while a large body is read, a short one of untold length is taken at once, and one that is not short waits", async () => {
  const large = await begin(MAX_BODY.message);
  let isTaken = false;
  const second = stream(JSON.stringify("x".repeat(SHORT_BODY))).then(({ status }) => {
    isTaken = true;
    return status;
  });
  for (let times = 0; times < 20; times++) expect((await stream("{}")).status).toBe(200);
  expect(isTaken).toBe(false);
  await leave(large);
  expect(await second).toBe(200);
});

test("a connection that speaks no HTTP is closed, though its client stays", async () => {
  const client = open();
  const [socket] = (await Promise.all([once(server, "connection"), client.write("nonsense\r\n\r\n")]))[0] as [
    Socket,
  ];
  const closed = once(socket, "close");
  const [answer] = await once(client, "data");
  expect(String(answer)).toMatch(/^HTTP\/1.1 400 /);
  await closed;
  client.destroy();
});
