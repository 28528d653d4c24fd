import { constants } from "node:http2";
import type { Answer } from "@fanfare/shared/domain/answers";
import { afterEach, describe, expect, test } from "vitest";
import { noCredential } from "../credential.ts";
import type { Http2Options } from "../http2-transport.ts";
import { NOT_FOUND } from "../testing/answers.ts";
import { data, FRAME, goaway, headers, reset, settings } from "../testing/raw-frames.ts";
import { type RawServer, startRawServer } from "../testing/raw-peer.ts";
import { send, sendAll, startOne } from "../testing/send.ts";
import type { Transport } from "../transport.ts";
import type { OpenTransport } from "./open.ts";

export function describeFrames(open: OpenTransport): void {
  describe("frames", () => {
    const NOT_PROCESSED: Answer = { kind: "not-processed" };
    const HIGHEST_ID = 2 ** 31 - 1;

    let server: RawServer;
    let transport: Transport;

    afterEach(async () => {
      await transport.close();
      await server.close();
    });

    async function connect(options: Partial<Http2Options> = {}, greeting?: Buffer[]): Promise<void> {
      server = await startRawServer(greeting);
      const { endpoint } = server;
      transport = open({ endpoint, project: "demo", credential: noCredential, ...options });
    }

    /** Sends this many messages on one connection and waits until its peer has them all. */
    async function inFlight(count: number) {
      const answers = Array.from({ length: count }, () => send(transport));
      const peer = await server.peer(0);
      const ids = await peer.requests(count);
      return { peer, ids, answers };
    }

    describe("a GOAWAY with code 0", () => {
      test("gives up what lies above its last id, and lets the rest finish", async () => {
        await connect();
        const { peer, answers } = await inFlight(3);
        peer.send(goaway(3, 0));
        expect(await answers[2]).toEqual(NOT_PROCESSED);
        peer.send(headers(1, 200, true), headers(3, 404), data(3, NOT_FOUND));
        expect(await answers[0]).toMatchObject({ status: 200 });
        expect(await answers[1]).toMatchObject({ status: 404, body: NOT_FOUND });
        await peer.closed;
      });

      test("moves new messages to another connection at once", async () => {
        await connect({ maxConnections: 1 });
        const { peer, answers } = await inFlight(1);
        peer.send(goaway(1, 0));
        // Its answer to our ping says that the GOAWAY, which came before it, was read.
        await peer.frame(FRAME.goaway);
        const moved = send(transport);
        const other = await server.peer(1);
        const [id] = await other.requests(1);
        other.send(headers(id ?? 0, 200, true));
        expect(await moved).toMatchObject({ status: 200 });
        peer.send(headers(1, 200, true));
        expect(await answers[0]).toMatchObject({ status: 200 });
        expect(server.connections()).toBe(2);
      });

      test("may come twice, first with the highest id there is", async () => {
        await connect();
        const { peer, answers } = await inFlight(2);
        peer.send(goaway(HIGHEST_ID, 0));
        await peer.frame(FRAME.goaway);
        peer.send(goaway(1, 0));
        expect(await answers[1]).toEqual(NOT_PROCESSED);
        peer.send(headers(1, 200, true));
        expect(await answers[0]).toMatchObject({ status: 200 });
      });

      test("leaves what is lost with the connection after it unanswered", async () => {
        await connect();
        const { peer, answers } = await inFlight(2);
        peer.send(goaway(1, 0));
        expect(await answers[1]).toEqual(NOT_PROCESSED);
        peer.socket.resetAndDestroy();
        expect(await answers[0]).toMatchObject({ kind: "no-answer" });
      });

      test("that crosses a request says of it that it was not processed", async () => {
        await connect({ maxConnections: 1 });
        const { peer, answers } = await inFlight(1);
        await transport.slot();
        // In this turn both are written, each before the other is read.
        const crossing = await new Promise<Promise<Answer>>((resolve) => {
          setTimeout(() => {
            peer.send(goaway(1, 0));
            resolve(startOne(transport));
          });
        });
        expect(await crossing).toEqual(NOT_PROCESSED);
        peer.send(headers(1, 200, true));
        expect(await answers[0]).toMatchObject({ status: 200 });
        await peer.closed;
      });
    });

    describe("a GOAWAY with an error", () => {
      test("may have processed what is not above its last id", async () => {
        await connect();
        const { peer, answers } = await inFlight(2);
        peer.send(goaway(1, constants.NGHTTP2_ENHANCE_YOUR_CALM));
        expect(await answers[0]).toEqual({ kind: "no-answer", cause: "goaway:ENHANCE_YOUR_CALM" });
        expect(await answers[1]).toEqual(NOT_PROCESSED);
      });

      test("named REFUSED_STREAM promises nothing for the streams below its last id", async () => {
        await connect();
        const { peer, answers } = await inFlight(1);
        peer.send(goaway(1, constants.NGHTTP2_REFUSED_STREAM));
        expect(await answers[0]).toEqual({ kind: "no-answer", cause: "goaway:REFUSED_STREAM" });
      });

      test("leaves the answers before it in the same packet whole", async () => {
        await connect();
        const { peer, answers } = await inFlight(2);
        peer.send(headers(1, 404), data(1, NOT_FOUND), headers(3, 200, true), goaway(3, 11));
        expect(await answers[0]).toMatchObject({ status: 404, body: NOT_FOUND });
        expect(await answers[1]).toMatchObject({ status: 200 });
      });

      test("leaves a stream refused before it not processed", async () => {
        await connect();
        const { peer, answers } = await inFlight(1);
        peer.send(reset(1, constants.NGHTTP2_REFUSED_STREAM), goaway(1, 11));
        expect(await answers[0]).toEqual(NOT_PROCESSED);
      });
    });

    test("a response that comes in one piece is whole", async () => {
      await connect();
      const { peer, answers } = await inFlight(2);
      peer.send(headers(1, 404), data(1, NOT_FOUND), headers(3, 400), data(3, "<ht", false), data(3, "ml>"));
      expect(await answers[0]).toMatchObject({ kind: "response", status: 404, body: NOT_FOUND });
      expect(await answers[1]).toMatchObject({ kind: "response", status: 400, body: "<html>" });
    });

    test("a response without a body is whole", async () => {
      await connect();
      const { peer, answers } = await inFlight(1);
      peer.send(headers(1, 404, true));
      expect(await answers[0]).toMatchObject({ kind: "response", status: 404, body: "" });
    });

    describe("a response cut off", () => {
      test.for([
        [200, { kind: "response", status: 200, body: "" }],
        [500, { kind: "response", status: 500, body: "<html>" }],
        // What these mean is in their bodies, so half a body is not an answer.
        [400, { kind: "no-answer", cause: "cut:400" }],
        [404, { kind: "no-answer", cause: "cut:404" }],
      ] as const)("by a reset, with status %i", async ([status, answer]) => {
        await connect();
        const { peer, answers } = await inFlight(1);
        peer.send(headers(1, status), data(1, "<html>", false));
        await settled();
        peer.send(reset(1, constants.NGHTTP2_INTERNAL_ERROR));
        expect(await answers[0]).toMatchObject(answer);
      });

      test.for(["reset", "end"] as const)("by the connection's %s", async (how) => {
        await connect();
        const { peer, answers } = await inFlight(3);
        peer.send(headers(1, 200), headers(3, 404), data(3, '{"error"', false));
        await settled();
        if (how === "reset") peer.socket.resetAndDestroy();
        else peer.socket.end();
        expect(await answers[0]).toMatchObject({ kind: "response", status: 200 });
        expect(await answers[1]).toEqual({ kind: "no-answer", cause: "cut:404" });
        expect(await answers[2]).toEqual({
          kind: "no-answer",
          cause: how === "reset" ? "ECONNRESET" : "closed",
        });
      });
    });

    describe("streams", () => {
      test("none is opened before the server says how many it allows", async () => {
        await connect({ maxConnections: 1 }, []);
        const answers = sendAll(transport, ["a", "b", "c"]);
        const peer = await server.peer(0);
        // Ours come first: whatever was sent with them would be here too.
        await peer.frame(FRAME.settings);
        expect(await Promise.race([peer.requests(1), settled()])).toBeUndefined();
        peer.send(settings(1));
        for (const id of [1, 3, 5]) {
          expect((await peer.requests((id + 1) / 2)).at(-1)).toBe(id);
          expect(await Promise.race([peer.requests((id + 3) / 2), settled()])).toBeUndefined();
          peer.send(headers(id, 200, true));
        }
        expect(await answers).toHaveLength(3);
      });

      test("a server may take all of them back, and give them again", async () => {
        await connect({ maxConnections: 1 });
        const { peer, answers } = await inFlight(1);
        await transport.slot();
        peer.send(settings(0), headers(1, 200, true));
        await answers[0];
        const waiting = startOne(transport);
        expect(await Promise.race([peer.requests(2), settled()])).toBeUndefined();
        peer.send(settings(5));
        await peer.requests(2);
        peer.send(headers(3, 200, true));
        expect(await waiting).toMatchObject({ status: 200 });
      });

      test("a message that finds none in time was not processed", async () => {
        await connect({ maxConnections: 1, timeoutMs: 300 }, [settings(0)]);
        expect(await send(transport)).toEqual(NOT_PROCESSED);
      });
    });

    describe("a silent peer", () => {
      test("is given up when it answers no ping", async () => {
        await connect({ maxConnections: 1, keepAliveMs: 20, pingTimeoutMs: 500 });
        const { peer, answers } = await inFlight(1);
        peer.ignorePings();
        expect(await answers[0]).toEqual({ kind: "no-answer", cause: "ping-timeout" });
        await peer.closed;
      });

      test("gets no more messages once one has timed out", async () => {
        await connect({ maxConnections: 1, timeoutMs: 300, pingTimeoutMs: 1_000 });
        const { peer, answers } = await inFlight(1);
        peer.ignorePings();
        expect(await answers[0]).toEqual({ kind: "no-answer", cause: "timeout" });
        const next = send(transport);
        const other = await server.peer(1);
        await other.requests(1);
        other.send(headers(1, 200, true));
        expect(await next).toMatchObject({ status: 200 });
        expect(await peer.requests(1)).toEqual([1]);
      });

      test("gets no message from a process that stood still for long", async () => {
        await connect({ keepAliveMs: 20, pingTimeoutMs: 200 });
        const { peer, answers } = await inFlight(1);
        peer.send(headers(1, 200, true));
        await answers[0];
        peer.socket.resetAndDestroy();
        // Nothing runs meanwhile, so the reset goes unnoticed.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
        const next = send(transport);
        const other = await server.peer(1);
        await other.requests(1);
        other.send(headers(1, 200, true));
        expect(await next).toMatchObject({ status: 200 });
      });

      test("that never says it speaks HTTP/2 is given up too", async () => {
        await connect({ timeoutMs: 300 }, []);
        expect(await send(transport)).toEqual(NOT_PROCESSED);
      });

      test("does not keep a transport from closing", async () => {
        await connect({ timeoutMs: 300 }, []);
        const answer = send(transport);
        await transport.close();
        expect(await answer).toEqual(NOT_PROCESSED);
      });
    });

    /** Some turns of the event loop, enough for what is on the way over the loopback to have arrived. */
    async function settled(): Promise<undefined> {
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
  });
}
