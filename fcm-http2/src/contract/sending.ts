import { constants } from "node:http2";
import type { Answer } from "@fanfare/shared/domain/answers";
import { ConfigError, RetryableError, TerminalError } from "@fanfare/shared/errors";
import { afterEach, describe, expect, test } from "vitest";
import { noCredential } from "../credential.ts";
import type { Http2Options, TransportEvent } from "../http2-transport.ts";
import { type Received, startServer, type TestServer } from "../testing/http2-server.ts";
import { ALWAYS, send, sendAll, startOne, tally } from "../testing/send.ts";
import type { Credential, Transport } from "../transport.ts";
import type { OpenTransport } from "./open.ts";

export function describeSending(open: OpenTransport): void {
  describe("sending", () => {
    const NOT_PROCESSED: Answer = { kind: "not-processed" };
    let server: TestServer | undefined;
    let transport: Transport | undefined;

    afterEach(async () => {
      await transport?.close();
      await server?.kill();
      transport = server = undefined;
    });

    async function serve(onRequest: (received: Received) => void, options: Partial<Http2Options> = {}) {
      server = await startServer(onRequest);
      return connect(server.endpoint, options);
    }

    function connect(endpoint: string, options: Partial<Http2Options> = {}): Transport {
      transport = open({ endpoint, project: "demo", credential: noCredential, ...options });
      return transport;
    }

    describe("a request", () => {
      test("is FCM's, with the message as its body", async () => {
        const seen: Received[] = [];
        const transport = await serve((received) => {
          seen.push(received);
          received.reply(200, '{"name":"projects/demo/messages/1"}');
        });
        expect(await send(transport, '{"message":{"token":"t","data":{"emoji":"🎺"}}}')).toEqual({
          kind: "response",
          status: 200,
          body: "",
          retryAfter: undefined,
        });
        expect(seen[0]?.body).toBe('{"message":{"token":"t","data":{"emoji":"🎺"}}}');
        expect(seen[0]?.headers).toMatchObject({
          ":method": "POST",
          ":path": "/v1/projects/demo/messages:send",
          "content-type": "application/json",
        });
        expect(seen[0]?.headers).not.toHaveProperty("authorization");
      });

      test("carries the token there is when it starts", async () => {
        let token = 1;
        let asked = 0;
        const credential: Credential = {
          async authorization() {
            asked += 1;
            return `Bearer ${token}`;
          },
          async renew() {
            token += 1;
          },
        };
        const seen: (string | undefined)[] = [];
        const transport = await serve(
          ({ headers, reply }) => {
            seen.push(headers.authorization);
            reply(200);
          },
          { credential },
        );
        await sendAll(transport, new Array(50).fill("{}"));
        expect(new Set(seen)).toEqual(new Set(["Bearer 1"]));
        // Messages that start together share one question.
        expect(asked).toBe(1);
        await credential.renew();
        await send(transport);
        expect(seen.at(-1)).toBe("Bearer 2");
      });

      test.each([
        [new TerminalError("CREDENTIAL_REFUSED", "no"), "no-credential", "CREDENTIAL_REFUSED"],
        [new ConfigError("none is set"), "no-credential", "ConfigError"],
        [new RetryableError("CREDENTIAL_UNAVAILABLE", "later"), "not-processed", "CREDENTIAL_UNAVAILABLE"],
      ])("is not made without a token: %o", async (error, kind, cause) => {
        const events: TransportEvent[] = [];
        let requests = 0;
        const credential: Credential = { authorization: () => Promise.reject(error), renew: async () => {} };
        const transport = await serve(() => requests++, {
          credential,
          onEvent: (event) => events.push(event),
        });
        expect(tally(await sendAll(transport, ["{}", "{}", "{}"]))).toEqual({ [kind]: 3 });
        expect(requests).toBe(0);
        expect(events).toContainEqual({ kind: "credential-failed", cause });
      });
    });

    describe("a response", () => {
      test("brings its status and body", async () => {
        const body = JSON.stringify({ error: { code: 404, message: "Requested entity was not found." } });
        const transport = await serve(({ reply }) => reply(404, body));
        expect(await send(transport)).toEqual({ kind: "response", status: 404, body, retryAfter: undefined });
      });

      test("brings Retry-After, and when it was made", async () => {
        const transport = await serve(({ reply }) => reply(429, "", { "retry-after": "30" }));
        const date = expect.stringMatching(/ GMT$/);
        expect(await send(transport)).toEqual({
          kind: "response",
          status: 429,
          body: "",
          retryAfter: "30",
          date,
        });
      });

      test("has no more of its body kept than an error needs", async () => {
        const transport = await serve(({ reply }) => reply(503, "é".repeat(100_000)));
        expect(await send(transport)).toMatchObject({ status: 503, body: "é".repeat(8_192) });
      });
    });

    describe("without a response", () => {
      test.for([
        [constants.NGHTTP2_REFUSED_STREAM, NOT_PROCESSED],
        [constants.NGHTTP2_INTERNAL_ERROR, { kind: "no-answer", cause: "rst:INTERNAL_ERROR" }],
        [constants.NGHTTP2_CANCEL, { kind: "no-answer", cause: "rst:CANCEL" }],
        [constants.NGHTTP2_NO_ERROR, { kind: "no-answer", cause: "rst:NO_ERROR" }],
      ] as const)("a stream reset with code %i", async ([code, answer]) => {
        const transport = await serve(({ stream }) => stream.close(code));
        expect(await send(transport)).toEqual(answer);
      });

      test("a time-out cancels the stream", async () => {
        const cancelled = Promise.withResolvers<number>();
        const transport = await serve(
          ({ stream }) => stream.on("close", () => cancelled.resolve(stream.rstCode ?? -1)),
          { timeoutMs: 300 },
        );
        expect(await send(transport)).toEqual({ kind: "no-answer", cause: "timeout" });
        expect(await cancelled.promise).toBe(constants.NGHTTP2_CANCEL);
      });

      test("a time-out leaves the connection in use, once its peer is known to be there", async () => {
        const transport = await serve(({ body, reply }) => body === "answer" && reply(200), {
          timeoutMs: 300,
          maxConnections: 1,
        });
        const [lost, answered] = await sendAll(transport, ["ignore", "answer"]);
        expect(lost).toEqual({ kind: "no-answer", cause: "timeout" });
        expect(answered).toMatchObject({ status: 200 });
        expect(await send(transport, "answer")).toMatchObject({ status: 200 });
        expect(server?.sessions).toHaveLength(1);
      });

      test("a time-out after the status still tells the status", async () => {
        const transport = await serve(({ stream }) => stream.respond({ ":status": 200 }), { timeoutMs: 300 });
        expect(await send(transport)).toMatchObject({ kind: "response", status: 200 });
      });
    });

    describe("without a connection", () => {
      test("every message is not processed, and the server is not called in a hot loop", async () => {
        const gone = await startServer(() => {});
        await gone.kill();
        const events: TransportEvent[] = [];
        const transport = connect(gone.endpoint, { onEvent: (event) => events.push(event) });
        const answers = await sendAll(transport, new Array(250).fill("{}"));
        expect(tally(answers)).toEqual({ "not-processed": 250 });
        expect(new Set(events.map(({ kind }) => kind))).toEqual(new Set(["connect-failed"]));
        expect(events[0]).toEqual({ kind: "connect-failed", cause: "ECONNREFUSED" });
        // 100 messages wait for each attempt; the first time all 3 connections that 250 need are tried at once.
        expect(events.length).toBeLessThanOrEqual(6);
      });

      test("sending goes on when the server is there again", async () => {
        const gone = await startServer(() => {});
        await gone.kill();
        const transport = connect(gone.endpoint);
        expect(await send(transport)).toEqual(NOT_PROCESSED);
        server = await startServer(({ reply }) => reply(200), { port: gone.port });
        expect(await send(transport)).toMatchObject({ status: 200 });
      });
    });

    describe("slots", () => {
      test("are granted in order, and no more of them than streams", async () => {
        const waiting: Received[] = [];
        const arrived = Promise.withResolvers<void>();
        const transport = await serve(
          (received) => {
            if (received.body === "third") received.reply(200);
            else if (waiting.push(received) === 2) arrived.resolve();
          },
          { maxConnections: 1, streamsPerConnection: 2 },
        );
        const order: string[] = [];
        const first = send(transport, "first");
        const second = send(transport, "second");
        await arrived.promise;
        const third = transport.slot().then(() => order.push("third"));
        const fourth = transport.slot().then(() => order.push("fourth"));
        expect(order).toEqual([]);
        for (const { reply } of waiting) reply(200);
        await Promise.all([first, second, third, fourth]);
        expect(order).toEqual(["third", "fourth"]);
        transport.unused();
        expect(await startOne(transport, "third")).toMatchObject({ status: 200 });
      });

      test("one given back goes to the next in line", async () => {
        const transport = await serve(({ reply }) => reply(200), {
          maxConnections: 1,
          streamsPerConnection: 1,
        });
        await transport.slot();
        const next = transport.slot();
        transport.unused();
        await next;
        expect(await startOne(transport)).toMatchObject({ status: 200 });
      });

      test("a slot is free again when its answer comes", async () => {
        const transport = await serve(({ reply }) => reply(200), {
          maxConnections: 1,
          streamsPerConnection: 1,
        });
        await transport.slot();
        const second = new Promise<Answer>((resolve, reject) => {
          transport.start(0, "{}", ALWAYS, () => {
            transport
              .slot()
              .then(() => transport.start(1, "{}", ALWAYS, (_, answer) => resolve(answer)), reject);
          });
        });
        expect(await second).toMatchObject({ status: 200 });
      });
    });

    describe("closing", () => {
      test("waits for what is in flight, and starts nothing more", async () => {
        const arrived = Promise.withResolvers<Received>();
        const transport = await serve((received) => arrived.resolve(received));
        const answer = send(transport);
        const { reply } = await arrived.promise;
        const closed = transport.close();
        reply(200);
        expect(await answer).toMatchObject({ status: 200 });
        await closed;
        expect(transport.close()).toBe(closed);
        await transport.slot();
        expect(await startOne(transport)).toEqual(NOT_PROCESSED);
      });

      test("cuts off what is not answered in the time given, which may have arrived", async () => {
        const arrived = Promise.withResolvers<Received>();
        const transport = await serve((received) => arrived.resolve(received));
        const answer = send(transport);
        await arrived.promise;
        await transport.close(0);
        expect(await answer).toMatchObject({ kind: "no-answer" });
      });

      test("lets those go who wait for a slot", async () => {
        const transport = await serve(({ reply }) => reply(200), {
          maxConnections: 1,
          streamsPerConnection: 1,
        });
        await transport.slot();
        const waiting = transport.slot();
        const closed = transport.close();
        await waiting;
        transport.unused();
        await closed;
        // The slot taken before is still good for an answer.
        expect(await startOne(transport)).toEqual(NOT_PROCESSED);
      });

      test("waits no longer than the time-out", async () => {
        const never = new Promise<string>(() => {});
        const transport = await serve(() => {}, {
          timeoutMs: 300,
          credential: { ...noCredential, authorization: () => never },
        });
        await transport.slot();
        const answer = startOne(transport);
        await transport.close();
        expect(await answer).toEqual(NOT_PROCESSED);
      });
    });
  });
}
