import type { IncomingHttpHeaders, Settings } from "node:http2";
import { afterEach, describe, expect, test } from "vitest";
import { createHttp2Transport } from "../http2-transport.ts";
import { send, sendAll } from "../testing/send.ts";
import { changeSettings, type StreamServer, startStreamServer } from "../testing/stream-server.ts";
import type { Transport } from "../transport.ts";

let server: StreamServer;
let transport: Transport;
let authorization: string | null;
let seen: IncomingHttpHeaders[];

afterEach(async () => {
  await transport.close();
  await server.kill();
});

async function connect(settings: Settings = {}): Promise<void> {
  seen = [];
  authorization = "Bearer one";
  server = await startStreamServer(settings, (stream, headers) => {
    seen.push(headers);
    stream.respond({ ":status": 200 }, { endStream: true });
  });
  const credential = { authorization: async () => authorization, renew: async () => {} };
  transport = createHttp2Transport({
    driver: "fanfare",
    endpoint: server.endpoint,
    project: "demo",
    credential,
    maxConnections: 1,
  });
}

/** Sends so many requests with that token and expects the server to see the same fields in each. */
async function expectFields(count: number, token: string | null): Promise<void> {
  authorization = token;
  seen.length = 0;
  const answers = await sendAll(transport, new Array<string>(count).fill("{}"));
  expect(answers.filter((answer) => answer.kind !== "response" || answer.status !== 200)).toEqual([]);
  const fields = {
    ":method": "POST",
    ":scheme": "http",
    ":authority": server.endpoint.slice("http://".length),
    ":path": "/v1/projects/demo/messages:send",
    "content-type": "application/json",
    ...(token !== null && { authorization: token }),
  };
  // A field that is never to be indexed would be listed under a symbol.
  expect(seen.map((headers) => ({ ...headers }))).toEqual(
    new Array(count).fill(expect.objectContaining(fields)),
  );
  for (const headers of seen) expect(Object.keys(headers)).toHaveLength(Object.keys(fields).length);
  expect(server.sessions).toHaveLength(1);
}

const token = (letter: string, length: number) => `Bearer ${letter.repeat(length)}`;

describe.for([0, 1, 100, 200, 4_095, 4_096, 4_097, 65_536])("with a table of %i bytes", (headerTableSize) => {
  test("the fields are the same in the first request and in the hundredth", async () => {
    await connect({ headerTableSize });
    await expectFields(1, "Bearer one");
    await expectFields(99, "Bearer one");
  });

  test("a new token is the only change", async () => {
    await connect({ headerTableSize });
    for (let round = 0; round < 60; round++)
      await expectFields(2, token("abc"[round % 3] ?? "", 100 + round));
    await expectFields(2, null);
    await expectFields(2, "Bearer one");
  });

  test("a token may be longer than the table, and shorter again", async () => {
    await connect({ headerTableSize });
    for (const length of [20, 3_000, 5_000, 3_000, 20, 3_700, 3_800, 3_900, 12_000, 20]) {
      await expectFields(3, token("x", length));
    }
  });

  test("the table may shrink and grow in mid-connection", async () => {
    await connect({ headerTableSize });
    for (const size of [4_096, 300, 4_096, 0, 65_536, 100, 4_096]) {
      const [session] = server.sessions;
      if (session) await changeSettings(session, { headerTableSize: size });
      await expectFields(3, "Bearer one");
      await expectFields(3, token("y", 10 + size / 100));
    }
  });
});

test("the table may shrink while requests are on their way", async () => {
  await connect();
  await expectFields(1, "Bearer one");
  const sizes = [2_048, 4_096, 64, 0, 8_192];
  const changes = sizes.map((headerTableSize, index) =>
    Promise.all([
      send(transport, `${index}`),
      server.sessions[0] && changeSettings(server.sessions[0], { headerTableSize }),
      send(transport, `${index}`),
    ]),
  );
  await Promise.all(changes);
  await expectFields(50, "Bearer two");
});

test.for([
  ["is too long", token("x", 15_000)],
  ["holds the end of a line", "Bearer one\n"],
  ["holds what is no letter of a header's", "Bearer \u{1f511}"],
])("a token that %s is a fault of the credential's, and costs no connection", async ([, bad = ""]) => {
  await connect();
  await expectFields(1, "Bearer one");
  authorization = bad;
  expect(await send(transport)).toEqual({
    kind: "no-credential",
    reason: expect.stringMatching(/^The access token .* header field/),
  });
  await expectFields(1, "Bearer one");
  await expectFields(1, token("x", 14_900));
});
