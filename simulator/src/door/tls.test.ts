import { once } from "node:events";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { connect } from "node:tls";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createSimulator, type Simulator } from "../simulator.ts";
import { certificate } from "../testing/certificate.ts";
import { addressOf, connectClient, SEND_PATH, writeMessage } from "../testing/client.ts";

const ca = certificate.cert;
let simulator: Simulator;

beforeEach(async () => {
  simulator = await createSimulator({ tls: certificate });
});
afterEach(() => simulator.close());

const body = JSON.stringify({ message: writeMessage(addressOf(1), "b1") });

test("with a certificate the port speaks HTTP/2 and HTTP/1.1 over TLS, and both without", async () => {
  expect(simulator.url).toBe(`https://127.0.0.1:${simulator.port}`);
  const cleartextUrl = `http://127.0.0.1:${simulator.port}`;
  const secure = await connectClient(simulator.url, { ca });
  expect(secure.session.alpnProtocol).toBe("h2");
  expect((await secure.send(writeMessage(addressOf(1), "b1"))).status).toBe(200);

  const http1 = request(simulator.url + SEND_PATH, { method: "POST", ca });
  http1.end(body);
  const [response] = await once(http1, "response");
  expect(response.statusCode).toBe(200);
  expect(await text(response)).toContain("projects/demo/messages/");

  const plain = await connectClient(cleartextUrl);
  expect((await plain.send(writeMessage(addressOf(1), "b1"))).status).toBe(200);
  const stats = await (await fetch(`${cleartextUrl}/control/stats`)).json();
  expect(stats).toMatchObject({ accepted: 3, sessions: 2 });
});

test.each([
  [["h2", "http/1.1"], "h2"],
  [["http/1.1"], "http/1.1"],
  [undefined, false],
])("a client that offers %j gets %s", async (ALPNProtocols, chosen) => {
  const offer = ALPNProtocols ? { ALPNProtocols } : {};
  const socket = connect({ port: simulator.port, host: "127.0.0.1", ca, ...offer });
  await once(socket, "secureConnect");
  expect(socket.alpnProtocol).toBe(chosen);
  socket.destroy();
});

test("whoever does not trust the certificate sends nothing, and harms nobody", async () => {
  const http1 = request(simulator.url + SEND_PATH, { method: "POST" });
  http1.end(body);
  expect(await once(http1, "error")).toMatchObject([{ code: "DEPTH_ZERO_SELF_SIGNED_CERT" }]);
  const client = await connectClient(simulator.url, { ca });
  expect((await client.send(writeMessage(addressOf(1), "b1"))).status).toBe(200);
  expect(simulator.control.stats().attempts).toBe(1);
});

test("without a certificate a TLS client is turned away", async () => {
  const plain = await createSimulator();
  const socket = connect({ port: plain.port, host: "127.0.0.1", ca });
  await once(socket, "error");
  await plain.close();
});

test("a certificate that is none is refused at the start", async () => {
  const tls = { cert: "no certificate", key: certificate.key };
  await expect(createSimulator({ tls })).rejects.toMatchObject({ code: "ERR_OSSL_PEM_NO_START_LINE" });
});
