import type { ServerHttp2Stream, Settings } from "node:http2";
import { afterEach, describe, expect, test } from "vitest";
import { noCredential } from "../credential.ts";
import { send, sendAll, startOne } from "../testing/send.ts";
import { changeSettings, echo, type StreamServer, startStreamServer } from "../testing/stream-server.ts";
import type { Transport } from "../transport.ts";
import type { OpenTransport } from "./open.ts";

export function describeWindows(open: OpenTransport): void {
  describe("windows", () => {
    let server: StreamServer;
    let transport: Transport;

    afterEach(async () => {
      await transport.close();
      await server.kill();
    });

    async function connect(
      settings: Settings,
      onStream: (stream: ServerHttp2Stream) => void = (stream) => void echo(stream),
    ): Promise<void> {
      server = await startStreamServer(settings, onStream);
      transport = open({
        endpoint: server.endpoint,
        project: "demo",
        credential: noCredential,
        maxConnections: 1,
      });
    }

    /** Each is other than the ones before, so that mixed-up pieces would show; characters have 1, 2, 3 and 4 bytes. */
    function text(bytes: number, seed = 0): string {
      let made = `${seed}:`;
      for (let left = bytes - made.length; left >= 10; left -= 10) made += "aé€\u{1f511}";
      return made.padEnd(bytes - Buffer.byteLength(made) + made.length, "z").slice(0, bytes);
    }

    /** What is kept of an answer: enough of it to know the message by. */
    const kept = (body: string) => Buffer.from(body).toString("utf8", 0, 16_384);

    const LENGTHS = [0, 1, 9, 10, 100, 4_095, 16_383, 16_384, 16_385, 65_535, 65_536, 200_000];

    /** The server's own count says that all has come, and its echo that the first 16 KB of it are right. */
    async function expectWhole(bodies: string[]): Promise<void> {
      const answers = await sendAll(transport, bodies);
      expect(answers).toEqual(
        bodies.map((body) => ({ kind: "response", status: 500, body: kept(body), retryAfter: undefined })),
      );
    }

    describe.for([1_000, 16_384, 65_535, 1 << 20])("with windows of %i bytes", (initialWindowSize) => {
      test("a body of any length arrives whole, alone", async () => {
        const arrived: string[] = [];
        await connect({ initialWindowSize }, (stream) => collect(stream, (body) => arrived.push(body)));
        for (const length of LENGTHS) await send(transport, text(length));
        expect(arrived).toEqual(LENGTHS.map((length) => text(length)));
      });

      test("many at once do not mix", async () => {
        const arrived = new Set<string>();
        await connect({ initialWindowSize }, (stream) => collect(stream, (body) => arrived.add(body)));
        const bodies = Array.from({ length: 60 }, (_, index) => text((index % 7) * 9_001 + 3, index));
        await sendAll(transport, bodies);
        expect(arrived).toEqual(new Set(bodies));
      });
    });

    test.for([1, 100])("a window of %i bytes is enough for a small body", async (initialWindowSize) => {
      await connect({ initialWindowSize });
      await expectWhole(Array.from({ length: 30 }, (_, index) => text(4 * index, index)));
    });

    test("frames are as large as the server allows", async () => {
      await connect({ maxFrameSize: 100_000, initialWindowSize: 200_000 });
      await expectWhole([text(99_999), text(100_000), text(100_001)]);
    });

    test("a message without a body goes out while others wait for room", async () => {
      const paused: ServerHttp2Stream[] = [];
      await connect({ initialWindowSize: 100 }, (stream) => {
        if (stream.id === 1) paused.push(stream);
        else void echo(stream);
      });
      const waiting = send(transport, text(5_000));
      expect(await send(transport, "")).toMatchObject({ kind: "response", status: 500 });
      expect(await send(transport, "small")).toMatchObject({ kind: "response", body: "small" });
      for (const stream of paused) void echo(stream);
      expect(await waiting).toMatchObject({ kind: "response", body: text(5_000) });
    });

    describe("windows that change in mid-flight", () => {
      /** Opens a stream with more to say than its window holds, and has it read only once `change` is over. */
      async function whileHeld(settings: Settings, change: Settings, length = 50_000): Promise<void> {
        const opened = Promise.withResolvers<ServerHttp2Stream>();
        await connect(settings, (stream) => (stream.id === 1 ? opened.resolve(stream) : void echo(stream)));
        const held = send(transport, text(length));
        const stream = await opened.promise;
        const [session] = server.sessions;
        if (session) await changeSettings(session, change);
        await expectWhole([text(300, 1), text(3_000, 2)]);
        void echo(stream);
        expect(await held).toMatchObject({ kind: "response", status: 500, body: kept(text(length)) });
      }

      test("may grow", () => whileHeld({ initialWindowSize: 1_000 }, { initialWindowSize: 60_000 }));
      test("may shrink", () => whileHeld({ initialWindowSize: 40_000 }, { initialWindowSize: 39_000 }));
      test("may shrink below what was sent", () =>
        whileHeld({ initialWindowSize: 40_000 }, { initialWindowSize: 500 }));
      test("may shrink to nothing and grow again", async () => {
        await connect({ initialWindowSize: 1_000 });
        await expectWhole([text(3_000)]);
        const [session] = server.sessions;
        if (!session) throw new Error("There is no session.");
        await changeSettings(session, { initialWindowSize: 0 });
        const held = sendAll(transport, [text(2_000, 1), "", text(10, 2)]);
        await changeSettings(session, { initialWindowSize: 1 });
        await changeSettings(session, { initialWindowSize: 700 });
        expect(await held).toMatchObject([{ body: text(2_000, 1) }, { body: "" }, { body: text(10, 2) }]);
      });
      test("frames may grow", () => whileHeld({ initialWindowSize: 1_000 }, { maxFrameSize: 30_000 }));
    });

    describe("an answer before the whole body is there", () => {
      /** Refuses the first by its header alone; all others are read. */
      function refuseFirst(stream: ServerHttp2Stream): void {
        if (stream.id !== 1) return void echo(stream);
        stream.respond({ ":status": 413 });
        stream.end("too large");
      }

      test("is the answer, and the rest is not sent", async () => {
        await connect({ initialWindowSize: 1_000 }, refuseFirst);
        expect(await send(transport, text(50_000))).toMatchObject({ status: 413, body: "too large" });
        await expectWhole([text(300), text(30_000)]);
        expect(server.sessions).toHaveLength(1);
      });

      test("frees the way for those behind it", async () => {
        await connect({ initialWindowSize: 1_000 }, refuseFirst);
        await transport.slot();
        await transport.slot();
        const answers = await Promise.all([
          startOne(transport, text(90_000)),
          startOne(transport, text(9_000)),
        ]);
        expect(answers).toMatchObject([{ status: 413 }, { status: 500, body: text(9_000) }]);
      });
    });

    function collect(stream: ServerHttp2Stream, onBody: (body: string) => void): void {
      const parts: Buffer[] = [];
      stream.on("data", (part: Buffer) => parts.push(part));
      stream.on("end", () => {
        onBody(Buffer.concat(parts).toString());
        stream.respond({ ":status": 200 }, { endStream: true });
      });
    }
  });
}
