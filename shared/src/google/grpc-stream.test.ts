import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:http2";
import { setImmediate } from "node:timers/promises";
import { promisify } from "node:util";
import { certificateFiles } from "@fanfare/simulator/testing/certificate";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { type Arrived, frame, startGrpcServer } from "../testing/grpc-server.ts";
import { createGrpcChannel, type GrpcChannel, type GrpcPlace } from "./grpc-stream.ts";

const PATH = "/a.Service/Method";
const REQUEST = Buffer.from("request");

let server: Awaited<ReturnType<typeof startGrpcServer>>;
afterEach(() => server.close());

async function serve(onCall: (arrived: Arrived) => unknown, place: Partial<GrpcPlace> = {}) {
  server = await startGrpcServer(onCall);
  return createGrpcChannel({ origin: server.origin, headers: async () => ({}), ...place });
}

async function readAll(channel: GrpcChannel): Promise<string[]> {
  const texts: string[] = [];
  for await (const messages of channel.stream(PATH, REQUEST))
    texts.push(...messages.map((message) => message.toString()));
  return texts;
}

test("a call carries its path, its headers and its message", async () => {
  const seen: unknown[] = [];
  const headers = async () => ({ authorization: "Bearer me" });
  const channel = await serve(
    ({ headers, message, ...answer }) => {
      seen.push(message.toString(), headers);
      answer.begin();
      answer.end(0);
    },
    { headers },
  );
  expect(await readAll(channel)).toEqual([]);
  expect(seen).toMatchObject([
    "request",
    {
      ":method": "POST",
      ":path": PATH,
      "content-type": "application/grpc",
      te: "trailers",
      authorization: "Bearer me",
    },
  ]);
});

test("TLS is spoken with a server whose certificate is trusted, and with no other", async () => {
  const [key, cert] = [certificateFiles.key, certificateFiles.cert].map((file) => readFileSync(file, "utf8"));
  server = await startGrpcServer(
    async (answer) => {
      answer.begin();
      await answer.write(frame(Buffer.from("one")));
      answer.end(0);
    },
    { key: key ?? "", cert: cert ?? "" },
  );
  const place = { origin: server.origin, headers: async () => ({}) };
  expect(await readAll(createGrpcChannel({ ...place, ca: cert ?? "" }))).toEqual(["one"]);
  await expect(readAll(createGrpcChannel(place))).rejects.toMatchObject({ code: 14 });
});

test("messages come whole and in order, wherever their bytes are parted", async () => {
  let wire = Buffer.alloc(0);
  let cuts: number[] = [];
  const channel = await serve(async (answer) => {
    answer.begin();
    let at = 0;
    for (const cut of [...cuts, wire.length]) {
      await answer.write(wire.subarray(at, cut));
      at = cut;
    }
    answer.end(0);
  });
  const texts = fc.array(fc.string({ maxLength: 40 }), { maxLength: 12 });
  const property = fc.asyncProperty(texts, fc.array(fc.nat(400), { maxLength: 8 }), async (sent, places) => {
    wire = Buffer.concat(sent.map((text) => frame(Buffer.from(text))));
    cuts = places.map((place) => Math.min(place, wire.length)).sort((a, b) => a - b);
    expect(await readAll(channel)).toEqual(sent);
  });
  await fc.assert(property, { numRuns: 100 });
  expect(server.connections(), "one connection serves all calls").toBe(1);
});

test("a message of several megabytes comes whole", async () => {
  const large = Buffer.alloc(3_000_000, "x");
  const channel = await serve(async (answer) => {
    answer.begin();
    await answer.write(frame(large));
    answer.end(0);
  });
  expect((await readAll(channel)).map((text) => text.length)).toEqual([3_000_000]);
});

describe("a call that ends otherwise", () => {
  test.each([7, 14, 3])("with status %i tells so, after the messages before", async (code) => {
    const channel = await serve(async (answer) => {
      answer.begin();
      await answer.write(frame(Buffer.from("one")));
      answer.end(code, "why");
    });
    const calls = channel.stream(PATH, REQUEST);
    expect((await calls.next()).value).toEqual([Buffer.from("one")]);
    await expect(calls.next()).rejects.toMatchObject({ code, message: "why" });
  });

  test("with nothing but headers tells what they say", async () => {
    const channel = await serve(({ call }) => call.respond({ "grpc-status": "16" }, { endStream: true }));
    await expect(readAll(channel)).rejects.toMatchObject({ code: 16 });
  });

  test.each([
    [401, 16],
    [403, 7],
    [404, 12],
    [400, 13],
    [503, 14],
    [429, 14],
  ])("with HTTP's %i, as a proxy answers, means %i", async (status, code) => {
    const channel = await serve(({ call }) => {
      call.respond({ ":status": status });
      call.end("<html>");
    });
    await expect(readAll(channel)).rejects.toMatchObject({ code });
  });

  test("with no status at all may pass", async () => {
    const channel = await serve(async ({ call }) => {
      call.respond({ ":status": 200 });
      call.end(frame(Buffer.from("one")));
    });
    await expect(readAll(channel)).rejects.toMatchObject({ code: 14 });
  });

  test("with a compressed message is refused, as none was asked for", async () => {
    const channel = await serve(async (answer) => {
      answer.begin();
      await answer.write(frame(Buffer.from("one"), 1));
    });
    await expect(readAll(channel)).rejects.toMatchObject({ code: 13 });
  });

  test.each<[how: string, end: (arrived: Arrived) => unknown]>([
    ["a reset", ({ call }) => call.close(constants.NGHTTP2_INTERNAL_ERROR)],
    ["a refusal", ({ call }) => call.close(constants.NGHTTP2_REFUSED_STREAM)],
    ["the end of its connection", ({ call }) => call.session?.destroy()],
    ["a connection that is cut", ({ call }) => call.session?.socket.destroy()],
  ])("by %s may pass, and the next one succeeds", async (_, end) => {
    let calls = 0;
    const channel = await serve(async (answer) => {
      answer.begin();
      await answer.write(frame(Buffer.from("one")));
      if (calls++ === 0) end(answer);
      else answer.end(0);
    });
    await expect(readAll(channel)).rejects.toMatchObject({ code: 14 });
    expect(await readAll(channel)).toEqual(["one"]);
  });

  test("by a server that is not there may pass", async () => {
    const channel = await serve(() => {});
    await server.close();
    await expect(readAll(channel)).rejects.toMatchObject({ code: 14 });
    server = await startGrpcServer(() => {});
  });
});

test("a server that goes away ends what it has, and the next call has a new connection", async () => {
  const channel = await serve(async (answer) => {
    answer.begin();
    answer.call.session?.goaway();
    await answer.write(frame(Buffer.from("one")));
    answer.end(0);
  });
  expect(await readAll(channel)).toEqual(["one"]);
  expect(await readAll(channel)).toEqual(["one"]);
  expect(server.connections()).toBe(2);
});

test("silence ends a call, and the next one has a new connection", async () => {
  let calls = 0;
  const channel = await serve(
    async (answer) => {
      answer.begin();
      await answer.write(frame(Buffer.from("one")));
      if (calls++ > 0) answer.end(0);
    },
    { silenceMs: 50 },
  );
  await expect(readAll(channel)).rejects.toMatchObject({ code: 14 });
  expect(await readAll(channel)).toEqual(["one"]);
  expect(server.connections()).toBe(2);
});

test("a connection that stood idle for long is not used again", async () => {
  const channel = await serve(
    (answer) => {
      answer.begin();
      answer.end(0);
    },
    { idleMs: -1 },
  );
  await readAll(channel);
  await readAll(channel);
  expect(server.connections()).toBe(2);
});

test("who stops early tells the server", async () => {
  const code = Promise.withResolvers<number>();
  const channel = await serve(async (answer) => {
    answer.call.once("close", () => code.resolve(answer.call.rstCode));
    answer.begin();
    await answer.write(frame(Buffer.from("one")));
  });
  for await (const messages of channel.stream(PATH, REQUEST)) {
    expect(messages).toHaveLength(1);
    break;
  }
  expect(await code.promise).toBe(constants.NGHTTP2_CANCEL);
});

test("the server is held back while nobody asks for more", async () => {
  const MESSAGES = 40;
  let written = 0;
  const channel = await serve(async (answer) => {
    answer.begin();
    for (; written < MESSAGES; written++) await answer.write(frame(Buffer.alloc(1_000_000)));
    answer.end(0);
  });
  const calls = channel.stream(PATH, REQUEST);
  await calls.next();
  // Server and client share this process's event loop: what can go on does so within some turns of it.
  for (let turns = 0, before = -1; turns < 100; turns = written === before ? turns + 1 : 0) {
    before = written;
    await setImmediate();
  }
  expect(written).toBeLessThan(10);
  let rest = 0;
  for await (const messages of calls) rest += messages.length;
  expect(rest).toBe(MESSAGES - 1);
});

test("headers that cannot be had fail the call as they failed", async () => {
  const refused = Object.assign(new Error("no token"), { code: 16 });
  const channel = await serve(() => {}, { headers: () => Promise.reject(refused) });
  await expect(readAll(channel)).rejects.toBe(refused);
  expect(server.connections()).toBe(0);
});

test("an idle connection keeps no process alive", async () => {
  server = await startGrpcServer((answer) => {
    answer.begin();
    answer.end(0);
  });
  const module = new URL("./grpc-stream.ts", import.meta.url).href;
  const script = `
    import { createGrpcChannel } from ${JSON.stringify(module)};
    const channel = createGrpcChannel({ origin: ${JSON.stringify(server.origin)}, headers: async () => ({}) });
    for await (const _ of channel.stream("/a/b", Buffer.alloc(0)));
    console.log("done");`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
  expect(stdout).toBe("done\n");
});
