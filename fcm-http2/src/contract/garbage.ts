import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { noCredential } from "../credential.ts";
import { NOT_FOUND } from "../testing/answers.ts";
import { data, encode, headers, settings } from "../testing/raw-frames.ts";
import { type RawServer, startRawServer } from "../testing/raw-peer.ts";
import { sendAll } from "../testing/send.ts";
import type { OpenTransport } from "./open.ts";

export function describeGarbage(open: OpenTransport): void {
  describe("garbage", () => {
    const MESSAGES = 5;

    let server: RawServer;
    beforeAll(async () => {
      server = await startRawServer();
    });
    afterAll(() => server.close());

    const noise = fc.uint8Array({ minLength: 1, maxLength: 3_000 }).map((array) => Buffer.from(array));
    const frame = fc
      .tuple(fc.nat({ max: 10 }), fc.nat({ max: 255 }), fc.nat({ max: 10 }), fc.uint8Array({ maxLength: 60 }))
      .map(([type, flags, stream, payload]) => encode(type, flags, stream, payload));
    const answer = fc
      .constantFrom(1, 3, 5, 7, 9)
      .map((id) => Buffer.concat([headers(id, 404), data(id, NOT_FOUND)]));
    const saying = fc.oneof(
      { weight: 4, arbitrary: answer },
      { weight: 2, arbitrary: frame },
      fc.constant(settings(0)),
      noise,
    );

    test("a transport survives whatever a server says, and answers each message once", async () => {
      let connections = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(saying, { maxLength: 8 }),
          fc.integer({ min: 1, max: 400 }),
          async (said, size) => {
            const transport = open({
              endpoint: server.endpoint,
              project: "demo",
              credential: noCredential,
              maxConnections: 1,
            });
            const answers = sendAll(transport, new Array<string>(MESSAGES).fill("{}"));
            const peer = await server.peer(connections++);
            await peer.requests(MESSAGES);
            const bytes = Buffer.concat(said);
            for (let at = 0; at < bytes.length; at += size) peer.send(bytes.subarray(at, at + size));
            peer.socket.end();
            expect((await answers).map(({ kind }) => kind)).toHaveLength(MESSAGES);
            await transport.close();
          },
        ),
        { numRuns: 150 },
      );
      expect(server.connections()).toBe(connections);
    });
  });
}
