import { constants, type Http2Session } from "node:http2";
import type { Answer } from "@fanfare/shared/domain/answers";
import { afterEach, describe, expect, test } from "vitest";
import { noCredential } from "../credential.ts";
import type { Http2Options } from "../http2-transport.ts";
import { type Received, type ServerOptions, startServer, type TestServer } from "../testing/http2-server.ts";
import { sendAll, tally } from "../testing/send.ts";
import type { Transport } from "../transport.ts";
import type { OpenTransport } from "./open.ts";

export function describeLoad(open: OpenTransport): void {
  describe("load", () => {
    const servers: TestServer[] = [];
    let transport: Transport;

    afterEach(async () => {
      await transport.close();
      for (const server of servers.splice(0)) await server.kill();
    });

    async function serve(
      onRequest: (received: Received) => void,
      options: ServerOptions = {},
    ): Promise<TestServer> {
      const server = await startServer(onRequest, options);
      servers.push(server);
      return server;
    }

    function connect(endpoint: string, options: Partial<Http2Options> = {}): void {
      transport = open({ endpoint, project: "demo", credential: noCredential, ...options });
    }

    /** A server's log: how often it accepted each message. */
    function createLog() {
      const counts = new Map<string, number>();
      return {
        add(body: string): number {
          counts.set(body, (counts.get(body) ?? 0) + 1);
          return counts.size;
        },
        counts: () => [...counts.values()],
        of: (body: string) => counts.get(body) ?? 0,
      };
    }

    /** Answers in bunches, so that connections do fill up. */
    function createBunches(size: number) {
      const waiting: Received[] = [];
      return (received: Received): void => {
        if (waiting.push(received) === 1) setImmediate(flush);
        if (waiting.length >= size) flush();
      };
      function flush(): void {
        for (const { reply } of waiting.splice(0)) reply(200);
      }
    }

    const numbered = (count: number) => Array.from({ length: count }, (_, index) => `${index}`);

    test("20,000 messages on 4 connections: each is answered once, and no connection has more than its streams", async () => {
      const log = createLog();
      const bunch = createBunches(100);
      const server = await serve((received) => {
        log.add(received.body);
        bunch(received);
      });
      connect(server.endpoint, { maxConnections: 4 });
      const bodies = numbered(20_000);
      expect(tally(await sendAll(transport, bodies))).toEqual({ "200": 20_000 });
      expect(bodies.every((body) => log.of(body) === 1)).toBe(true);
      expect(server.sessions.length).toBeLessThanOrEqual(4);
      expect(server.mostAtOnce()).toBeLessThanOrEqual(100);
    });

    test("connections are opened one by one, as their streams are used up", async () => {
      const all = Promise.withResolvers<void>();
      const waiting: Received[] = [];
      const server = await serve((received) => {
        if (waiting.push(received) === 25) all.resolve();
      });
      connect(server.endpoint, { streamsPerConnection: 10 });
      const answers = sendAll(transport, numbered(25));
      await all.promise;
      expect(server.sessions).toHaveLength(3);
      for (const { reply } of waiting) reply(200);
      expect(tally(await answers)).toEqual({ "200": 25 });
    });

    test("a limit that the server lowers in mid-flight is kept from then on", async () => {
      const bunch = createBunches(50);
      let received = 0;
      let before = Number.POSITIVE_INFINITY;
      const server = await serve((request) => {
        received += 1;
        if (received === 500)
          server.sessions[0]?.settings({ maxConcurrentStreams: 7 }, () => {
            before = received;
          });
        // What was open when the client agreed has been answered by then.
        if (received === before + 200) server.mostAtOnce();
        bunch(request);
      });
      connect(server.endpoint, { maxConnections: 1 });
      // Above the limit the server would have refused.
      expect(tally(await sendAll(transport, numbered(3_000)))).toEqual({ "200": 3_000 });
      expect(before).toBeLessThan(2_500);
      expect(server.mostAtOnce()).toBeLessThanOrEqual(7);
    });

    test("connections that the server ends politely, again and again, lose and double nothing", async () => {
      const log = createLog();
      const lastIds = new Map<Http2Session | undefined, number>();
      const server = await serve(({ stream: { session, id = 0 }, body, reply }) => {
        // Node's server would go on with what it had read already, above the id it names as its last.
        if (id > (lastIds.get(session) ?? Number.POSITIVE_INFINITY)) return;
        if (log.add(body) % 337 === 0) {
          lastIds.set(session, id);
          session?.goaway(constants.NGHTTP2_NO_ERROR, id);
        }
        reply(200);
      });
      connect(server.endpoint);
      const rounds = await sendUntilAnswered(numbered(5_000));
      expect(rounds[0]?.["not-processed"]).toBeGreaterThan(0);
      expect(rounds.filter((round) => "no-answer" in round)).toEqual([]);
      expect(log.counts()).toEqual(new Array(5_000).fill(1));
      expect(server.sessions.length).toBeGreaterThan(4);
    });

    test("a server that is killed and comes back gets what it did not answer, and nothing else twice", async () => {
      const log = createLog();
      const killed = Promise.withResolvers<void>();
      const first = await startServer(({ body, reply }) => {
        const accepted = log.add(body);
        if (accepted <= 1_000) reply(200);
        if (accepted === 1_050) killed.resolve(first.kill());
      });
      connect(first.endpoint);
      const bodies = numbered(1_600);
      expect(tally(await sendAll(transport, bodies.slice(0, 1_000)))).toEqual({ "200": 1_000 });
      const rest = bodies.slice(1_000);
      const answers = await sendAll(transport, rest);
      await killed.promise;
      const kinds = Object.keys(tally(answers));
      expect(kinds).toContain("no-answer");
      expect(kinds).not.toContain("200");

      const second = await serve(
        ({ body, reply }) => {
          log.add(body);
          reply(200);
        },
        { port: first.port },
      );
      const open = rest.filter((_, index) => answers[index]?.kind === "not-processed");
      expect(open).not.toEqual([]);
      expect(open.map(log.of)).toEqual(open.map(() => 0));
      await sendUntilAnswered([...open, ...numbered(1_700).slice(1_600)]);
      expect(open.map(log.of)).toEqual(open.map(() => 1));
      expect(Math.max(...log.counts())).toBe(1);
      expect(second.sessions.length).toBeGreaterThan(0);
    });

    /** Sends again whatever was not processed until nothing is left, and tells how each round went. */
    async function sendUntilAnswered(bodies: string[]): Promise<Record<string, number>[]> {
      const rounds: Record<string, number>[] = [];
      for (let open = bodies; open.length > 0; ) {
        const answers: Answer[] = await sendAll(transport, open);
        rounds.push(tally(answers));
        open = open.filter((_, index) => answers[index]?.kind === "not-processed");
      }
      return rounds;
    }
  });
}
