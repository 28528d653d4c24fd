import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { noCredential } from "./credential.ts";
import { createHttp2Transport, type TransportEvent } from "./http2.ts";
import { startServer } from "./testing/http2-server.ts";
import { send, sendAll, tally } from "./testing/send.ts";

/** Good for 127.0.0.1 and localhost until 2120, trusted by nobody. */
const tls = {
  key: readFileSync(new URL("testing/tls/localhost-key.pem", import.meta.url), "utf8"),
  cert: readFileSync(new URL("testing/tls/localhost-cert.pem", import.meta.url), "utf8"),
};

test.for(["127.0.0.1", "localhost"])("sends over TLS to %s", async (host) => {
  const server = await startServer(({ reply }) => reply(200), { tls });
  const transport = createHttp2Transport({
    endpoint: `https://${host}:${server.port}`,
    project: "demo",
    credential: noCredential,
    ca: tls.cert,
  });
  expect(tally(await sendAll(transport, new Array(500).fill("{}")))).toEqual({ "200": 500 });
  expect(server.sessions[0]?.alpnProtocol).toBe("h2");
  await transport.close();
  await server.kill();
});

test("shows a server that nobody vouches for no message", async () => {
  const events: TransportEvent[] = [];
  let requests = 0;
  const server = await startServer(() => requests++, { tls });
  const transport = createHttp2Transport({
    endpoint: server.endpoint,
    project: "demo",
    credential: noCredential,
    onEvent: (event) => events.push(event),
  });
  expect(await send(transport)).toEqual({ kind: "not-processed" });
  expect(events).toEqual([{ kind: "connect-failed", cause: "DEPTH_ZERO_SELF_SIGNED_CERT" }]);
  expect(requests).toBe(0);
  await transport.close();
  await server.kill();
});
