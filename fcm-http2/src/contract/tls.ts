import { once } from "node:events";
import { readFileSync } from "node:fs";
import net, { type AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { noCredential } from "../credential.ts";
import type { TransportEvent } from "../http2-transport.ts";
import { startServer } from "../testing/http2-server.ts";
import { send, sendAll, tally } from "../testing/send.ts";
import type { OpenTransport } from "./open.ts";

export function describeTls(open: OpenTransport): void {
  describe("tls", () => {
    /** Good for 127.0.0.1 and localhost until 2120, trusted by nobody. */
    const tls = {
      key: readFileSync(new URL("../testing/tls/localhost-key.pem", import.meta.url), "utf8"),
      cert: readFileSync(new URL("../testing/tls/localhost-cert.pem", import.meta.url), "utf8"),
    };

    test.for(["127.0.0.1", "localhost"])("sends over TLS to %s", async (host) => {
      const server = await startServer(({ reply }) => reply(200), { tls });
      const transport = open({
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
      const transport = open({
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

    /** Passes a connection's bytes on to a port, so that a test can reset the TCP connection under TLS. */
    async function startRelay(port: number, onConnection: (client: net.Socket) => void) {
      const clients = new Set<net.Socket>();
      const relay = net.createServer((client) => {
        const server = net.connect(port, "127.0.0.1");
        clients.add(client);
        for (const end of [client, server]) end.on("error", () => {});
        client.on("close", () => server.destroy());
        client.pipe(server).pipe(client);
        onConnection(client);
      });
      relay.listen(0, "127.0.0.1");
      await once(relay, "listening");
      const { port: relayPort } = relay.address() as AddressInfo;
      return {
        endpoint: `https://127.0.0.1:${relayPort}`,
        reset() {
          for (const client of clients) client.resetAndDestroy();
        },
        close: () => relay.close(),
      };
    }

    test("a handshake that is reset has cost nothing, and the next one is tried", async () => {
      const server = await startServer(({ reply }) => reply(200), { tls });
      const events: TransportEvent[] = [];
      let connections = 0;
      const relay = await startRelay(server.port, (client) => {
        connections += 1;
        // The client's first bytes are its part of the handshake.
        if (connections === 1) client.once("data", () => client.resetAndDestroy());
      });
      const transport = open({
        endpoint: relay.endpoint,
        project: "demo",
        credential: noCredential,
        ca: tls.cert,
        maxConnections: 1,
        onEvent: (event) => events.push(event),
      });
      expect(await send(transport)).toEqual({ kind: "not-processed" });
      expect(events).toEqual([{ kind: "connect-failed", cause: "ECONNRESET" }]);
      expect(await send(transport)).toMatchObject({ status: 200 });
      await transport.close();
      relay.close();
      await server.kill();
    });

    test("a connection reset in mid-answer leaves unsure what was in flight, and no half answer counts", async () => {
      const arrived = Promise.withResolvers<void>();
      let requests = 0;
      const server = await startServer(
        ({ stream }) => {
          requests += 1;
          // One gets half of its answer, the other none.
          if (requests === 1) return;
          stream.respond({ ":status": 404 });
          stream.write('{"error":{"code":404', () => arrived.resolve());
        },
        { tls },
      );
      const relay = await startRelay(server.port, () => {});
      const transport = open({
        endpoint: relay.endpoint,
        project: "demo",
        credential: noCredential,
        ca: tls.cert,
      });
      const answers = Promise.all([send(transport), send(transport)]);
      await arrived.promise;
      relay.reset();
      const causes = (await answers).map((answer) => answer.kind === "no-answer" && answer.cause);
      expect(causes[0]).toBe("ECONNRESET");
      expect(["ECONNRESET", "cut:404"]).toContain(causes[1]);
      await transport.close();
      relay.close();
      await server.kill();
    });
  });
}
