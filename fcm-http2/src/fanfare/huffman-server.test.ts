import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { noCredential } from "../credential.ts";
import { createHttp2Transport } from "../http2-transport.ts";
import { type Received, startServer, type TestServer } from "../testing/http2-server.ts";
import { send, sendAll } from "../testing/send.ts";
import type { Transport } from "../transport.ts";

/** What a server is to say to a request: it finds that in the request's body. */
interface Order {
  status: number;
  fields: Record<string, string>;
  interim?: Record<string, string>[];
}

let server: TestServer;
let transport: Transport;

beforeEach(async () => {
  server = await startServer(obey);
  const { endpoint } = server;
  transport = createHttp2Transport({
    driver: "fanfare",
    endpoint,
    project: "demo",
    credential: noCredential,
    maxConnections: 1,
  });
});

afterEach(async () => {
  await transport.close();
  await server.kill();
});

function obey({ stream, body, reply }: Received): void {
  const { status, fields, interim = [] }: Order = JSON.parse(body);
  for (const more of interim) stream.additionalHeaders({ ":status": 103, ...more });
  reply(status, "", fields);
}

const order = (one: Order) => JSON.stringify(one);

/** Between "a" of 5 bits each, so that the whole is shorter by Huffman's code, which the server uses only then. */
const inShort = (text: string) => `${"a".repeat(40)}${text}${"a".repeat(40)}`;

/** Tabs and all that is no control character: what Node's server lets into a field. */
const LETTERS = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).filter((letter) =>
  /[\t -~\x80-\xff]/.test(letter),
);

test("every character that a field may hold comes as it was sent", async () => {
  const values = LETTERS.map((letter) => inShort(letter));
  const answers = await sendAll(
    transport,
    values.map((value) => order({ status: 503, fields: { "retry-after": value } })),
  );
  expect(LETTERS).toHaveLength(224);
  expect(answers).toMatchObject(
    values.map((retryAfter) => ({ kind: "response", status: 503, body: "", retryAfter })),
  );
});

test("every status comes as it was sent, also after a word in between", async () => {
  const statuses = Array.from({ length: 400 }, (_, index) => 200 + index);
  const interim = [{ "x-early": "1" }, { "retry-after": "no" }];
  const answers = await sendAll(
    transport,
    statuses.map((status) => order({ status, fields: {}, ...(status % 2 === 1 && { interim }) })),
  );
  expect(answers).toEqual(statuses.map((status) => ({ kind: "response", status, body: "" })));
});

const letter = fc.constantFrom(...LETTERS);
const value = fc.string({ unit: letter, maxLength: 300 }).map((text) => inShort(text));
const name = fc.stringMatching(/^x-[a-z0-9]{1,40}$/);
/** Some fields come again and again, others once, so that the server's table fills, evicts and refers back. */
const fields = fc.dictionary(
  fc.oneof(fc.constantFrom("x-one", "x-two", "date", "content-type", "server"), name),
  fc.oneof(fc.constantFrom("same", "other", "x".repeat(900)), value),
  { maxKeys: 12 },
);
const someOrder = fc.record({
  status: fc.constantFrom(200, 400, 404, 429, 500, 503, 599),
  retryAfter: fc.option(fc.oneof(fc.constantFrom("1", "30"), value), { nil: undefined }),
  fields,
});

test("statuses and Retry-After are right, whatever fields are around them", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(someOrder, { minLength: 1, maxLength: 30 }), async (orders) => {
      const answers = await sendAll(
        transport,
        orders.map(({ status, retryAfter, fields }) =>
          order({
            status,
            fields: { ...fields, ...(retryAfter !== undefined && { "retry-after": retryAfter }) },
          }),
        ),
      );
      const seen = answers.map((answer) => answer.kind === "response" && [answer.status, answer.retryAfter]);
      // Of a 200 nothing is kept.
      expect(seen).toEqual(
        orders.map(({ status, retryAfter }) => [status, status === 200 ? undefined : retryAfter]),
      );
    }),
    { numRuns: 60 },
  );
  expect(server.sessions).toHaveLength(1);
});

test("what a server remembers only for a while is right at any time", async () => {
  for (let round = 0; round < 300; round++) {
    const retryAfter = `${round % 7}`;
    const filler = { [`x-${round}`]: "y".repeat(round) };
    const body = order({ status: 503, fields: { "retry-after": retryAfter, ...filler } });
    expect(await send(transport, body)).toMatchObject({ status: 503, retryAfter });
  }
});
