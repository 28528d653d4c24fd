import { constants, type IncomingHttpHeaders } from "node:http2";
import { afterEach, describe, expect, test } from "vitest";
import { noCredential } from "../credential.ts";
import { createLease } from "../testing/lease.ts";
import { FRAME, settingsOf, windowUpdate } from "../testing/raw-frames.ts";
import { type RawServer, startRawServer } from "../testing/raw-peer.ts";
import { ALWAYS, startOne } from "../testing/send.ts";
import { type StreamServer, startStreamServer } from "../testing/stream-server.ts";
import type { Transport } from "../transport.ts";
import type { OpenTransport } from "./open.ts";

const NOT_PROCESSED = { kind: "not-processed" };
const INITIAL_WINDOW = 4;
const PAST = () => Number.NEGATIVE_INFINITY;

export function describeLate(open: OpenTransport): void {
  describe("late", () => {
    let server: StreamServer | RawServer;
    let transport: Transport;
    afterEach(async () => {
      await transport.close(0);
      await ("kill" in server ? server.kill() : server.close());
    });

    function connect(streamsPerConnection = 100): void {
      const { endpoint } = server;
      const place = { endpoint, project: "demo", credential: noCredential };
      transport = open({ ...place, maxConnections: 1, streamsPerConnection });
    }

    async function start(body: string, notAfter = ALWAYS) {
      await transport.slot();
      return startOne(transport, body, notAfter);
    }

    test("requests after a late one have the header fields that they were given", async () => {
      const arrived: IncomingHttpHeaders[] = [];
      server = await startStreamServer({}, (stream, headers) => {
        arrived.push(headers);
        stream.respond({ ":status": 200 }, { endStream: true });
      });
      connect();
      const answers = await Promise.all([start("1"), start("2", PAST), start("3")]);
      answers.push(await start("4", PAST), await start("5"));
      const statuses = answers.map((answer) => (answer.kind === "response" ? answer.status : answer.kind));
      expect(statuses).toEqual([200, "not-processed", 200, "not-processed", 200]);
      expect(new Set(arrived.map((headers) => headers[":path"]))).toEqual(
        new Set(["/v1/projects/demo/messages:send"]),
      );
    });

    test("a body that is cut off before its end was not processed, whatever ends the connection", async () => {
      server = await startStreamServer({ initialWindowSize: 4 }, ({ session }) => session?.destroy());
      connect();
      expect(await start("longer than four")).toEqual(NOT_PROCESSED);
    });

    test("a body whose stream is reset before its end was not processed", async () => {
      server = await startStreamServer({ initialWindowSize: 4 }, (stream) =>
        stream.close(constants.NGHTTP2_INTERNAL_ERROR),
      );
      connect();
      expect(await start("longer than four")).toEqual(NOT_PROCESSED);
    });

    test("a body that waits for the peer's room is reset without its end once its time is over", async () => {
      server = await startRawServer([settingsOf([INITIAL_WINDOW, 4])]);
      connect();
      const lease = createLease();
      const answer = start("longer than four", lease.notAfter);
      const peer = await server.peer(0);
      await peer.frames(FRAME.data, 1);
      lease.lapse();
      peer.send(windowUpdate(1, 1_000));
      expect(await answer).toEqual(NOT_PROCESSED);
      await peer.frame(FRAME.rst, 1);
      const sent = await peer.frames(FRAME.data, 1);
      expect(sent.map(({ payload, flags }) => [payload.length, flags])).toEqual([[4, 0]]);
    });

    test("what waits for a peer that does not read can still be called back when the lease passes", async () => {
      const count = 1_000;
      server = await startRawServer([settingsOf([INITIAL_WINDOW, 1 << 20]), windowUpdate(0, 1 << 30)]);
      connect(count);
      const lease = createLease();
      await transport.slot();
      const first = startOne(transport, "{}", ALWAYS);
      const peer = await server.peer(0);
      await peer.requests(1);
      peer.socket.pause();
      // Far more than the system's buffers on both sides.
      const answers = Array.from({ length: count - 1 }, () => start("x".repeat(16_000), lease.notAfter));
      // What the system takes is gone by then, and the rest waits.
      for (let turn = 0; turn < 5_000; turn++) await new Promise((resolve) => setImmediate(resolve));
      lease.lapse();
      peer.socket.resume();
      const late = await Promise.race([first, ...answers]);
      expect(late).toEqual(NOT_PROCESSED);
      await transport.close(0);
      const all = await Promise.all(answers);
      const unsent = all.filter(({ kind }) => kind === "not-processed").length;
      const begun = await peer.frames(FRAME.headers, 1);
      expect(unsent).toBeGreaterThan(0);
      expect(begun.length - 1).toBeLessThanOrEqual(count - 1 - unsent);
    });
  });
}
