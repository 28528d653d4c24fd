import { constants, type Http2Session, type Settings } from "node:http2";
import { describe, expect, test } from "vitest";
import { noCredential } from "../credential.ts";
import { NOT_FOUND } from "../testing/answers.ts";
import { type Received, startServer } from "../testing/http2-server.ts";
import { sendAll } from "../testing/send.ts";
import type { OpenTransport } from "./open.ts";

export function describeChaos(open: OpenTransport): void {
  describe("chaos", () => {
    const MESSAGES = 6_000;

    test("whatever the server does, each message is answered once, and no answer says more than is true", async () => {
      const received = new Map<string, number>();
      const lastIds = new Map<Http2Session | undefined, number>();
      const random = createRandom(20_260_101);
      let restarting: Promise<void> | undefined;
      let server = await startServer(misbehave);
      const { endpoint, port } = server;

      function misbehave(request: Received): void {
        const { stream, body, reply } = request;
        const { session, id = 0 } = stream;
        // Node's server would go on with what it had read already, above the id it names as its last.
        if (id > (lastIds.get(session) ?? Number.POSITIVE_INFINITY)) return;
        received.set(body, (received.get(body) ?? 0) + 1);
        if (received.size % 1_500 === 0) restarting = restart();
        const dice = random();
        if (dice < 0.01) stream.close(constants.NGHTTP2_INTERNAL_ERROR);
        else if (dice < 0.02) stream.close(constants.NGHTTP2_CANCEL);
        else if (dice < 0.025)
          return; // Until the time-out.
        else if (dice < 0.026) session?.destroy();
        else if (dice < 0.03) endAfter(request, constants.NGHTTP2_NO_ERROR);
        else if (dice < 0.032) endAfter(request, constants.NGHTTP2_ENHANCE_YOUR_CALM);
        else if (dice < 0.036) session?.settings(someSettings());
        else if (dice < 0.08 && !stream.closed) stream.additionalHeaders({ ":status": 103, "x-early": body });
        if (dice < 0.5) reply(200);
        else if (dice < 0.9) setImmediate(reply, 200);
        else setImmediate(reply, 404, NOT_FOUND, { "x-trace": body });
      }

      /** Windows down to a byte: the rest of a body then waits. */
      function someSettings(): Settings {
        return {
          maxConcurrentStreams: 1 + Math.floor(random() * 120),
          initialWindowSize: 1 + Math.floor(random() ** 4 * 70_000),
          headerTableSize: Math.floor(random() * 8_192),
        };
      }

      function endAfter({ stream: { session, id = 0 } }: Received, code: number): void {
        lastIds.set(session, id);
        session?.goaway(code, id);
      }

      async function restart(): Promise<void> {
        await server.kill();
        server = await startServer(misbehave, { port });
      }

      const transport = open({
        endpoint,
        project: "demo",
        credential: noCredential,
        timeoutMs: 500,
        keepAliveMs: 100,
      });
      const answers = await sendAll(
        transport,
        Array.from({ length: MESSAGES }, (_, index) => `${index}`),
      );
      const untrue = answers.filter((answer, index) => {
        const times = received.get(`${index}`) ?? 0;
        if (answer.kind === "not-processed") return times !== 0;
        if (answer.kind === "no-answer") return times > 1;
        if (answer.kind === "no-credential") return true;
        return times !== 1 || (answer.status === 404 && answer.body !== NOT_FOUND);
      });
      expect(untrue).toEqual([]);
      expect(new Set(answers.map(({ kind }) => kind)).size).toBe(3);
      await transport.close();
      await restarting;
      await server.kill();
    });

    /** Numbers from 0 to 1 that are the same in every run (mulberry32). */
    function createRandom(seed: number): () => number {
      let state = seed;
      return () => {
        state = (state + 0x6d2b79f5) | 0;
        let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
        mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
      };
    }
  });
}
