import type { Answer } from "@fanfare/shared/domain/answers";
import { resume } from "@fanfare/shared/operations/resume";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSendChunk } from "./send-chunk.ts";
import { type Bench, createBench } from "./testing/bench.ts";
import { createFleet, type Fleet } from "./testing/fleet.ts";
import {
  ACCEPTED,
  BAD_PAYLOAD,
  MISMATCH,
  NO_KEY,
  page,
  UNAUTHENTICATED,
  UNREGISTERED,
} from "./testing/scripted-transport.ts";

let bench: Bench;
beforeEach(() => {
  bench = createBench();
});
afterEach(() => bench.store.close());

/** Refusals that a sender needs once messages were accepted. */
const WAVE = 32;
const PAGE = page(404);
const LIMIT = 2_000;
/** What a full quota of 10,000 messages a second has under way where FCM answers within a tenth of a second. */
const IN_FLIGHT = 1_000;

type Fault = [name: string, answer: Answer, perSender: number, reason: RegExp];
const FAULTS: Fault[] = [
  ["a payload that FCM refuses", BAD_PAYLOAD, 8, /Message too big/],
  ["a broken credential", UNAUTHENTICATED, 16, /token expired/],
  ["a platform's broken key", NO_KEY, 8, /THIRD_PARTY_AUTH_ERROR/],
  ["an endpoint that is not FCM", PAGE, 8, /what answers at https:\/\/fcm\.test is not FCM/],
  ["a wave of SENDER_ID_MISMATCH", MISMATCH, WAVE, /SENDER_ID_MISMATCH/],
];
/** Once FCM has answered, pages are an outage: they hold nothing, however many there are. */
const IN_MID_SEND = FAULTS.filter(([, answer]) => answer !== PAGE);

const books = async ({ broadcast }: Fleet) => {
  const { accepted, rejected, open, possibleRepeats } = await bench.store.ledger.books(broadcast);
  return { accepted, rejected, open, possibleRepeats };
};
const stored = ({ broadcast }: Fleet) => bench.store.broadcasts.get(broadcast);

/** The cause is mended: everybody who was not reached is sent to, once. */
async function expectToGoOn(fleet: Fleet, total: number, unsure = 0): Promise<void> {
  fleet.answerBy(() => ACCEPTED);
  expect(await resume(bench.store, fleet.broadcast, "held", { by: "test" })).toMatchObject({
    kind: "changed",
  });
  await bench.store.advance(1_000);
  await fleet.work();
  expect(await stored(fleet)).toMatchObject({
    phase: "succeeded",
    gates: {},
    books: { resolved: total, accepted: total, rejected: {}, possibleRepeats: unsure },
  });
  expect(fleet.accepted.size).toBe(total);
  expect(new Set(fleet.accepted.values())).toEqual(new Set([1]));
}

describe.each(FAULTS)("%s holds the broadcast within 2,000 messages", (_, answer, perSender, reason) => {
  test.each([1, 3, 50])(
    "by %i senders, when it begins; nobody suffers, and it can go on",
    async (senders) => {
      const fleet = await createFleet(bench, { senders, chunks: 1 });
      fleet.answerBy(() => answer);
      await fleet.work();
      expect(fleet.bad).toBeGreaterThan(0);
      expect(fleet.bad).toBeLessThanOrEqual(senders * perSender);
      expect(fleet.bad).toBeLessThanOrEqual(LIMIT);
      expect((await stored(fleet))?.gates.held?.reason).toMatch(reason);
      const total = senders * 500;
      expect(await books(fleet)).toEqual({ accepted: 0, rejected: {}, open: total, possibleRepeats: 0 });
      await expectToGoOn(fleet, total, answer === PAGE ? fleet.bad : 0);
    },
  );
});

describe.each(IN_MID_SEND)("%s holds the broadcast in mid-send", (_, answer, _perSender, reason) => {
  test.each([1, 3, 50])(
    "by %i senders at their full rate, after thousands were accepted",
    async (senders) => {
      const chunks = senders === 1 ? 6 : 4;
      const fleet = await createFleet(bench, { senders, chunks, inFlight: IN_FLIGHT });
      const before = senders * 1_000;
      fleet.answerBy(() => answer, before);
      await fleet.work();
      expect(fleet.bad).toBeGreaterThan(0);
      // What was in flight and a few more, or a wave a sender; and what a renewed credential costs once more.
      const few = senders * 8;
      const most = Math.max(IN_FLIGHT + few, senders * WAVE) + (answer === UNAUTHENTICATED ? few : 0);
      expect(fleet.bad).toBeLessThanOrEqual(most);
      expect(fleet.bad).toBeLessThanOrEqual(LIMIT);
      expect((await stored(fleet))?.gates.held?.reason).toMatch(reason);
      const total = senders * chunks * 500;
      expect(await books(fleet)).toMatchObject({ accepted: before, rejected: {}, open: total - before });
      await expectToGoOn(fleet, total);
    },
  );
});

describe.each([
  ["payload", BAD_PAYLOAD],
  ["key", NO_KEY],
])("one platform's %s", (_, answer) => {
  test.each([1, 3, 50])(
    "costs eight of its messages a sender, though half of the audience is of another, with %i senders",
    async (senders) => {
      const fleet = await createFleet(bench, { senders, chunks: 1, platforms: ["android", "ios"] });
      fleet.answerBy(({ address }) => (fleet.platformOf(address) === "ios" ? answer : ACCEPTED));
      await fleet.work();
      expect(fleet.bad).toBe(8 * senders);
      expect((await stored(fleet))?.gates.held?.reason).toMatch(/iOS devices/);
      expect(await books(fleet)).toMatchObject({ rejected: {} });
      await expectToGoOn(fleet, senders * 500);
    },
  );
});

test("one platform's odd device is rejected by each of 50 senders, and nothing is held", async () => {
  const fleet = await createFleet(bench, { senders: 50, chunks: 1, platforms: ["android", "ios", "web"] });
  fleet.answerBy(({ address }) => (Number(address.slice(-6)) % 500 === 0 ? BAD_PAYLOAD : ACCEPTED));
  await fleet.work();
  expect(await stored(fleet)).toMatchObject({
    phase: "succeeded",
    gates: {},
    books: { accepted: 50 * 499, rejected: { CONTENT_REFUSED: 50 } },
  });
});

test("a wrong project is found out in time although half of its addresses are dead", async () => {
  const fleet = await createFleet(bench, { senders: 20, chunks: 1 });
  fleet.answerBy(({ address }) => (Number(address.slice(-6)) % 2 === 0 ? UNREGISTERED : MISMATCH));
  await fleet.work();
  expect(fleet.bad).toBeLessThanOrEqual(LIMIT);
  const { rejected, accepted } = await books(fleet);
  expect(accepted).toBe(0);
  expect(Object.keys(rejected)).toEqual(["UNREGISTERED"]);
});

test("a broken credential is renewed once by each sender, for all of its chunks", async () => {
  const fleet = await createFleet(bench, { senders: 5, chunks: 4, inFlight: IN_FLIGHT });
  fleet.answerBy(() => UNAUTHENTICATED, 3_000);
  await fleet.work();
  expect(fleet.renewals).toEqual([1, 1, 1, 1, 1]);
});

test("a token that a renewal mends costs nobody anything", async () => {
  const fleet = await createFleet(bench, { senders: 5, chunks: 2, inFlight: IN_FLIGHT });
  fleet.answerBy(() => (fleet.renewals.every((count) => count === 1) ? ACCEPTED : UNAUTHENTICATED), 2_000);
  await fleet.work();
  expect(fleet.renewals).toEqual([1, 1, 1, 1, 1]);
  expect(await stored(fleet)).toMatchObject({ phase: "succeeded", books: { accepted: 5_000, rejected: {} } });
});

test("devices of another project among many others stay rejected, and nothing is held", async () => {
  const fleet = await createFleet(bench, { senders: 5, chunks: 1 });
  const foreign = (address: string) => Number(address.slice(-6)) % 5 === 0;
  fleet.answerBy(({ address }) => (foreign(address) ? MISMATCH : ACCEPTED));
  await fleet.work();
  const books = { accepted: 2_000, rejected: { SENDER_ID_MISMATCH: 500 }, open: 0 };
  expect(await stored(fleet)).toMatchObject({ phase: "succeeded", gates: {}, books });
});

test("a few devices that all belong to another project are rejected, and the broadcast ends", async () => {
  const id = await bench.plan("three", 3);
  const { deps } = bench.createSender(() => MISMATCH);
  expect(await createSendChunk(deps)(id)).toBe("settled");
  const [broadcast] = await bench.store.broadcasts.list("failed", 1);
  expect(broadcast).toMatchObject({ gates: {}, books: { rejected: { SENDER_ID_MISMATCH: 3 } } });
});
