import { checkTransport } from "@fanfare/shared/operations/doctor/transport";
import type { OtherDriver } from "@fanfare/shared/senders";
import { makeSender } from "@fanfare/shared/senders/contract";
import { START } from "@fanfare/shared/testing/clock";
import { createStore, type TestStore } from "@fanfare/shared/testing/store";
import { afterEach, beforeEach, expect, test } from "vitest";

let store: TestStore;
beforeEach(() => {
  store = createStore();
});
afterEach(() => store.close());

const found = () => checkTransport({ ...store, now: store.now(), patienceMs: 0, clockHelp: "" });
const fallback = (since: number, cause = "goaway:PROTOCOL_ERROR"): OtherDriver => ({
  name: "node",
  since,
  cause,
});
const since = new Date(START - 5_000).toISOString();

test("senders that use our own HTTP/2, and those that do not say, are well", async () => {
  expect(await found()).toMatchObject([{ check: "transport", ok: true }]);
  await store.senders.announce(makeSender("of-0.1.0", 1));
  expect(await found()).toEqual([
    { check: "transport", ok: true, message: "every sender uses Fanfare's own HTTP/2" },
  ]);
});

test("senders that fell back are told by name, with since when, why, and what to do", async () => {
  await store.senders.announce(makeSender("b", 1, { driver: fallback(START) }));
  await store.senders.announce(makeSender("a", 1, { driver: fallback(START - 5_000) }));
  await store.senders.announce(makeSender("c", 1));
  expect(await found()).toEqual([
    {
      check: "transport",
      ok: false,
      message: `senders that use Node's HTTP/2 instead of Fanfare's: 2 (a, b), since ${since}: three connections to FCM in a row broke off before an answer, the last with goaway:PROTOCOL_ERROR`,
      doThis: expect.stringMatching(/report it.*restart.*FANFARE_FCM_HTTP2=node/),
    },
  ]);
  await store.advance(10 * 60_000);
  expect(await found(), "they have ended").toMatchObject([{ ok: true }]);
});

test("each reason is a finding of its own", async () => {
  await store.senders.announce(makeSender("a", 1, { driver: fallback(START, "protocol:FRAME_SIZE_ERROR") }));
  await store.senders.announce(makeSender("b", 1, { driver: fallback(START) }));
  expect(await found()).toHaveLength(2);
});

test("of a large fleet some names say enough", async () => {
  for (let count = 1; count <= 7; count++)
    await store.senders.announce(makeSender(`s${count}`, 1, { driver: fallback(START) }));
  expect((await found())[0]?.message).toContain(": 7 (s1, s2, s3, s4, s5, …), since");
});

test("senders whose setting chose Node's HTTP/2 are well, and told of", async () => {
  await store.senders.announce(makeSender("a", 1, { driver: { name: "node", since: START - 5_000 } }));
  expect(await found()).toEqual([
    {
      check: "transport",
      ok: true,
      message: `senders that use Node's HTTP/2 instead of Fanfare's: 1 (a), since ${since}, as the setting says`,
    },
  ]);
});
