import { once } from "node:events";
import { connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createSimulator } from "../simulator.ts";
import { addressOf, connectClient, SEND_PATH, writeMessage } from "../testing/client.ts";
import { start } from "../testing/start.ts";
import { checkHost } from "./local-host.ts";

/** Any name may be made to lead to this machine: a page of such a host reads what it is answered as its own. */
const FOREIGN = [
  "evil.example:8085",
  "localhost.evil.example",
  "127.0.0.1.evil.example",
  "10.0.0.1",
  "not a host",
];

test.each(["localhost:8085", "127.0.0.1", "127.0.0.2:1", "[::1]:8085", undefined])(
  "on loopback a request to %s is taken",
  (authority) => expect(checkHost("127.0.0.1")(authority)).toBeUndefined(),
);

test.each(["127.0.0.1", "localhost", "::1"])("on %s a request to any other host is refused", (host) => {
  for (const authority of FOREIGN) expect(checkHost(host)(authority)?.status).toBe(421);
});

test.each(["0.0.0.0", "::", "192.168.1.5"])("on %s it may have any name", (host) => {
  for (const authority of FOREIGN) expect(checkHost(host)(authority)).toBeUndefined();
});

/** What a browser would send for a page of a host whose name was made to lead here. */
async function ask(port: number, request: string): Promise<string> {
  const socket = connect(port, "127.0.0.1").setEncoding("utf8");
  onTestFinished(() => void socket.destroy());
  socket.write(request);
  const [text] = await once(socket, "data");
  return text;
}

test("a rebound name gets neither the log nor a message through, on either protocol", async () => {
  const { simulator, client } = await start();
  await client.send(writeMessage(addressOf(1), "b1"));
  const log = await ask(simulator.port, "GET /control/log HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  expect(log).toMatch(/^HTTP\/1.1 421 /);
  expect(log).not.toContain(addressOf(1));
  const body = JSON.stringify({ message: writeMessage(addressOf(2), "b1") });
  const answer = await client.request("POST", SEND_PATH, body, { ":authority": "evil.example" });
  expect(answer.status).toBe(421);
  expect(simulator.control.stats()).toMatchObject({ accepted: 1, begun: 1 });
});

test("a simulator that is open to the network answers by any name", async () => {
  const simulator = await createSimulator({ host: "0.0.0.0" });
  onTestFinished(simulator.close);
  const client = await connectClient(`http://127.0.0.1:${simulator.port}`);
  const answer = await client.request("GET", "/control/stats", "", { ":authority": "simulator:8085" });
  expect(answer.status).toBe(200);
});
