import { constants, type IncomingHttpHeaders } from "node:http2";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { noCredential } from "../credential.ts";
import { createHttp2Transport } from "../http2.ts";
import { openBareSession } from "../testing/bare-session.ts";
import { FLAG, FRAME, type Frame, settingsOf, windowUpdate } from "../testing/raw-frames.ts";
import { type RawServer, startRawServer } from "../testing/raw-peer.ts";
import { ALWAYS, startOne } from "../testing/send.ts";
import { type StreamServer, startStreamServer } from "../testing/stream-server.ts";
import type { Transport } from "../transport.ts";

const NOT_PROCESSED = { kind: "not-processed" };
const INITIAL_WINDOW = 4;
const MAX_CONCURRENT_STREAMS = 3;
const PAST = () => Number.NEGATIVE_INFINITY;

type Bare = Awaited<ReturnType<typeof openBareSession>>;

/** A lease, as its holder last renewed it. */
function createLease() {
  let until = Number.POSITIVE_INFINITY;
  return {
    notAfter: () => until,
    lapse() {
      until = Number.NEGATIVE_INFINITY;
    },
    renew() {
      until = Number.POSITIVE_INFINITY;
    },
  };
}

const streamsOf = (frames: Frame[]) => frames.map(({ streamId }) => streamId);

describe("a request whose time is over when it would be written", () => {
  let bare: Bare;
  let lease: ReturnType<typeof createLease>;
  beforeEach(async () => {
    bare = await openBareSession();
    await bare.sent();
    lease = createLease();
  });

  async function makeRoom(): Promise<void> {
    bare.full = false;
    bare.session.resume();
  }

  test("is not written, and was not processed", async () => {
    await bare.request(1, "{}", PAST);
    expect(await bare.sent(FRAME.headers)).toEqual([]);
    expect(bare.answers.get(1)).toEqual(NOT_PROCESSED);
  });

  test("is asked then, and not when it was started: a lease that passed meanwhile lets nothing out", async () => {
    bare.full = true;
    await bare.request(2, "{}", lease.notAfter);
    expect(await bare.sent()).toEqual([]);
    lease.lapse();
    await makeRoom();
    expect(await bare.sent()).toEqual([]);
    expect([...bare.answers.values()]).toEqual([NOT_PROCESSED, NOT_PROCESSED]);
  });

  test("is asked then, and not when it was started: a lease renewed meanwhile lets it out", async () => {
    bare.full = true;
    lease.lapse();
    await bare.request(1, "{}", lease.notAfter);
    lease.renew();
    await makeRoom();
    expect(streamsOf(await bare.sent(FRAME.headers))).toEqual([1]);
  });

  test("leaves no gap behind: the next one gets its stream", async () => {
    await bare.request(1, "{}", PAST);
    await bare.request(1);
    expect(streamsOf(await bare.sent(FRAME.headers))).toEqual([1]);
  });

  test("has its stream reset where a part of its body waits for the peer, and was not processed", async () => {
    bare.receive(settingsOf([INITIAL_WINDOW, 4]));
    await bare.request(2, "longer than four", lease.notAfter);
    expect(streamsOf(await bare.sent(FRAME.data))).toEqual([1, 3]);
    lease.lapse();
    bare.receive(windowUpdate(1, 1_000));
    expect(streamsOf(await bare.sent(FRAME.rst))).toEqual([1, 3]);
    expect(await bare.sent(FRAME.data)).toEqual([]);
    expect([...bare.answers.values()]).toEqual([NOT_PROCESSED, NOT_PROCESSED]);
  });

  test("does not keep the body of another whose time is not over", async () => {
    bare.receive(settingsOf([INITIAL_WINDOW, 4]));
    await bare.request(1, "longer than four", lease.notAfter);
    await bare.request(1, "longer than four");
    await bare.sent();
    lease.lapse();
    bare.receive(windowUpdate(3, 1_000));
    const [last] = await bare.sent(FRAME.data);
    expect(last).toMatchObject({ streamId: 3, flags: FLAG.endStream });
    expect([...bare.answers.keys()]).toEqual([1]);
  });
});

describe("a connection that takes no more", () => {
  test("is given nothing but control frames until it does", async () => {
    const bare = await openBareSession();
    await bare.sent();
    bare.full = true;
    await bare.request(3);
    bare.session.ping();
    expect((await bare.sent()).map(({ type }) => type)).toEqual([FRAME.ping]);
    bare.full = false;
    bare.session.resume();
    expect(streamsOf(await bare.sent(FRAME.headers))).toEqual([1, 3, 5]);
  });

  test("has nothing of a request that was given up", async () => {
    const bare = await openBareSession();
    bare.full = true;
    await bare.request(2);
    bare.session.cancel(bare.calls[0] as (typeof bare.calls)[0]);
    bare.full = false;
    bare.session.resume();
    expect(await bare.sent(FRAME.headers)).toHaveLength(1);
    expect(await bare.sent(FRAME.rst)).toEqual([]);
  });

  test("hands requests back that would go out under settings they were not started under", async () => {
    const bare = await openBareSession();
    bare.full = true;
    await bare.request(2);
    bare.receive(settingsOf([MAX_CONCURRENT_STREAMS, 1]));
    bare.full = false;
    bare.session.resume();
    expect(await bare.sent(FRAME.headers)).toEqual([]);
    expect([...bare.answers.values()]).toEqual([NOT_PROCESSED, NOT_PROCESSED]);
  });
});

describe("on a socket", () => {
  let server: StreamServer | RawServer;
  let transport: Transport;
  afterEach(async () => {
    await transport.close(0);
    await ("kill" in server ? server.kill() : server.close());
  });

  function connect(streamsPerConnection = 100): void {
    const { endpoint } = server;
    const place = { endpoint, project: "demo", credential: noCredential };
    transport = createHttp2Transport({ ...place, maxConnections: 1, streamsPerConnection });
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
    await new Promise((resolve) => setImmediate(resolve));
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
