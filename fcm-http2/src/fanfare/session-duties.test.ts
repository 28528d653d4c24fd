import { describe, expect, test } from "vitest";
import { NOT_FOUND, OK, response } from "../testing/answers.ts";
import { openBareSession } from "../testing/bare-session.ts";
import {
  block,
  data,
  encode,
  FLAG,
  FRAME,
  field,
  goaway,
  headers,
  reset,
  settings,
  settingsOf,
  uint32,
  windowUpdate,
} from "../testing/raw-frames.ts";

const STATUS_503 = field(":status", "503");

describe("what the server may say and we need not heed", () => {
  test.for([
    ["a frame of an unknown type", encode(0x42, 0xff, 0, Buffer.from("anything"))],
    ["one of a request", encode(0xfe, 0xff, 1, Buffer.from("anything"))],
    ["a priority", encode(FRAME.priority, 0, 1, Buffer.alloc(5))],
    ["a priority of nothing", encode(FRAME.priority, 0, 99, Buffer.alloc(5))],
    ["an origin", encode(0x0c, 0, 0, Buffer.from("\0\x10https://a.example"))],
    ["unknown settings", settingsOf([0x99, 1], [8, 1], [6, 5])],
    ["its agreement to our settings", encode(FRAME.settings, FLAG.ack, 0)],
    ["an answer to a ping of nobody's", encode(FRAME.ping, FLAG.ack, 0, Buffer.alloc(8))],
    ["flags that mean nothing here", encode(FRAME.ping, 0xfe, 0, Buffer.alloc(8))],
    ["the reserved bit of a stream's number", encode(FRAME.data, 0, 0x80000001, Buffer.from(""))],
    ["room on a stream", windowUpdate(1, 1_000)],
    ["room on the connection", windowUpdate(0, 1_000)],
  ])("%s", async ([, frame]) => {
    const { answers, receive } = await openBareSession(2);
    receive(headers(1, 404), frame as Buffer, data(1, NOT_FOUND), headers(3, 200, true));
    expect(answers.get(1)).toEqual(response(404, NOT_FOUND));
    expect(answers.get(3)).toEqual(OK);
  });

  test("what comes for a stream that is over", async () => {
    const { answers, calls, session, receive, sent } = await openBareSession(4);
    receive(headers(1, 200, true));
    const [, second] = calls;
    if (second) session.cancel(second);
    receive(
      ...[1, 3].flatMap((id) => [reset(id, 8), windowUpdate(id, 5), data(id, "late")]),
      block(3, Buffer.concat([STATUS_503, field("retry-after", "30", true)]), true),
      // Both build on what the late answer had us remember.
      block(5, Buffer.concat([STATUS_503, Buffer.from([0xbe])]), true),
      headers(7, 200, true),
    );
    expect([...answers.entries()]).toEqual([
      [1, OK],
      [5, response(503, "", "30")],
      [7, OK],
    ]);
    expect((await sent(FRAME.rst)).map(({ streamId, payload }) => [streamId, payload])).toEqual([
      [3, uint32(8)],
    ]);
  });
});

describe("what the server is owed", () => {
  test("each of its settings is agreed to, each ping answered with its own bytes", async () => {
    const { receive, sent } = await openBareSession();
    await sent(FRAME.settings);
    const pings = ["one.....", "two....."];
    receive(settings(5), ...pings.map((text) => encode(FRAME.ping, 0, 0, Buffer.from(text))), settings(6));
    expect((await sent(FRAME.settings)).map(({ flags, payload }) => [flags, payload.length])).toEqual([
      [FLAG.ack, 0],
      [FLAG.ack, 0],
    ]);
    expect((await sent(FRAME.ping)).map(({ flags, payload }) => [flags, payload.toString()])).toEqual(
      pings.map((text) => [FLAG.ack, text]),
    );
  });

  test("what was asked under the old settings goes out before we agree to the new ones", async () => {
    const { receive, request, sent } = await openBareSession();
    await sent();
    const asked = request(2);
    receive(settings(1));
    await asked;
    expect((await sent()).map(({ type, flags }) => [type, flags])).toEqual([
      [FRAME.headers, FLAG.endHeaders],
      [FRAME.data, FLAG.endStream],
      [FRAME.headers, FLAG.endHeaders],
      [FRAME.data, FLAG.endStream],
      [FRAME.settings, FLAG.ack],
    ]);
  });

  test("a body cut short by the answer is given up", async () => {
    const { answers, receive, request, sent } = await openBareSession();
    receive(settingsOf([4, 10]));
    await request(2, "longer than that");
    expect((await sent(FRAME.data)).map(({ payload }) => payload.length)).toEqual([10, 10]);
    receive(headers(1, 400), data(1, "no"), windowUpdate(1, 100), windowUpdate(3, 100));
    expect(answers.get(1)).toEqual(response(400, "no"));
    expect((await sent(FRAME.rst)).map(({ streamId, payload }) => [streamId, payload])).toEqual([
      [1, uint32(8)],
    ]);
    expect((await sent(FRAME.data)).map(({ streamId, flags }) => [streamId, flags])).toEqual([
      [3, FLAG.endStream],
    ]);
  });

  test("a stream that the server resets is sent no more of its body", async () => {
    const { answers, receive, request, sent } = await openBareSession();
    receive(settingsOf([4, 10]));
    await request(1, "longer than that");
    await sent(FRAME.data);
    receive(reset(1, 7), windowUpdate(1, 100));
    expect(answers.get(1)).toEqual({ kind: "not-processed" });
    expect(await sent(FRAME.data)).toEqual([]);
    expect(await sent(FRAME.rst)).toEqual([]);
  });

  test("room for answers is given back, also for what is padded or comes too late", async () => {
    const { answers, receive, sent } = await openBareSession(101);
    const [first] = await sent(FRAME.windowUpdate);
    const room = 65_535 + (first?.payload.readUInt32BE(0) ?? 0);
    let given = room;
    let taken = 0;
    for (let id = 1; id < 200; id += 2) {
      receive(headers(id, 200, id % 3 === 0));
      const chunk = data(id, "x".repeat(16_384), false);
      const padded = encode(FRAME.data, FLAG.padded, id, Buffer.alloc(16_384, 255));
      // As much as a stream has room for.
      receive(...new Array(32).fill([chunk, padded]).flat());
      taken += 64 * 16_384;
      for (const { streamId, payload } of await sent(FRAME.windowUpdate)) {
        expect(streamId).toBe(0);
        given += payload.readUInt32BE(0);
      }
      expect(given - taken).toBeGreaterThan(1 << 22);
      expect(given - taken).toBeLessThanOrEqual(room);
    }
    receive(headers(201, 200, true));
    expect(answers.get(201)).toEqual(OK);
  });
});

describe("a GOAWAY", () => {
  test("gives back what is above its last id, on a stream or not yet", async () => {
    const { answers, session, receive, request, sent } = await openBareSession(3);
    await sent(FRAME.headers);
    const asked = request(1);
    receive(goaway(1, 0));
    await asked;
    expect([...answers.keys()]).toEqual([3, 5, 7]);
    expect(await sent(FRAME.headers)).toEqual([]);
    receive(headers(5, 200, true), data(3, "late"), headers(1, 200, true));
    expect(answers.get(5)).toEqual({ kind: "not-processed" });
    expect(answers.get(1)).toEqual(OK);
    expect(session.takeAll()).toEqual([]);
  });

  test("may say more behind its code", async () => {
    const { answers, receive } = await openBareSession(2);
    const debug = Buffer.concat([uint32(1), uint32(0), Buffer.from("server is going down")]);
    receive(encode(FRAME.goaway, 0, 0, debug));
    expect([...answers.keys()]).toEqual([3]);
  });
});
