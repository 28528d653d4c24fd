import type { Verdict } from "@fanfare/shared/domain/answers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  between,
  createFleetWorld,
  type FleetWorld,
  limitedFor,
  MINUTE_MS,
  TURN,
} from "./testing/fleet-world.ts";
import { ACCEPTED, createTalk, limited, NO_ANSWER, NOT_PROCESSED, type Talk } from "./testing/talk.ts";
import type { Turn } from "./turn.ts";

const DAY_MS = 86_400_000;
const BOUND_MS = 5 * MINUTE_MS;
const URGENT: Turn = { lane: "urgent", broadcast: "u" };

let world: FleetWorld;
let sent: number[];
let talk: Talk["talk"];
let joinThree: Talk["joinThree"];
beforeEach(() => {
  world = createFleetWorld();
  ({ sent, talk, joinThree } = createTalk(world));
});
afterEach(() => world.close());

test.each([
  ["one sender", 1],
  ["all senders at once", 3],
])(
  "a day that is asked of %s lasts five minutes, then one message tells whether it goes on",
  async (_, count) => {
    let answer: Verdict = ACCEPTED;
    const senders = joinThree(() => answer);
    await world.advance(10_000);
    for (const { governor } of senders.slice(0, count)) governor.heard("limited", limitedFor(DAY_MS));
    answer = limitedFor(DAY_MS);
    const from = world.now();
    for (const end of [from + BOUND_MS, from + 2 * BOUND_MS]) {
      await world.advance(end - 1 - world.now());
      sent.length = 0;
      await world.advance(MINUTE_MS);
      expect(sent.length, "one message of the whole fleet").toBe(1);
    }
    answer = ACCEPTED;
    await world.advance(BOUND_MS - MINUTE_MS);
    sent.length = 0;
    await world.advance(10_000);
    expect(between(sent, world.now() - 5_000), "all six devices are sent to").toBeGreaterThan(180);
  },
);

describe("where FCM asked for more than is believed", () => {
  /** One sender that sends to two devices, up to right before the end of the five minutes. */
  async function pauseOne(a: () => Verdict, b: () => Verdict, turn = TURN): Promise<void> {
    const sender = world.join(null);
    void talk(sender, "a", { answer: (attempt) => (attempt === 1 ? limitedFor(DAY_MS) : a()), turn });
    await world.advance(100);
    void talk(sender, "b", { answer: b });
    sent.length = 0;
    await world.advance(BOUND_MS - 100);
  }

  test.each([NOT_PROCESSED, NO_ANSWER])(
    "another message goes if the first had no answer: %o",
    async (lost) => {
      const answers = [lost, lost, lost, limitedFor(DAY_MS)];
      const next = () => answers.shift() ?? ACCEPTED;
      await pauseOne(next, next);
      await world.advance(MINUTE_MS);
      const from = BOUND_MS + 50;
      expect(sent).toEqual([from, from + 50, from + 100, from + 150]);
    },
  );

  test("other messages wait for the answer of the one that goes first, and not for ever", async () => {
    const silent = world.join(null);
    silent.governor.heard("a", limitedFor(DAY_MS));
    await world.advance(BOUND_MS);
    const times: number[] = [];
    for (let worker = 0; worker < 5; worker++) void world.attempt(silent, times, 1_000);
    const from = world.now();
    await world.advance(19_000);
    expect(times).toHaveLength(1);
    await world.advance(3_000);
    expect(between(times, from + 20_000)).toBeGreaterThanOrEqual(5);
  });

  test("one device at its own limit prolongs the wait once, and then another message goes", async () => {
    await pauseOne(
      () => limited(DAY_MS),
      () => ACCEPTED,
      URGENT,
    );
    await world.advance(MINUTE_MS);
    expect(sent).toHaveLength(1);
    await world.advance(BOUND_MS);
    expect(sent.length).toBeGreaterThan(1_000);
  });

  test("the others go on soon after a late answer, though the sender that probed has nothing else to send", async () => {
    joinThree();
    const { governor, clock } = world.join(null);
    governor.heard("a", limitedFor(DAY_MS));
    void Promise.resolve(governor.take(TURN)).then(() =>
      clock.after(5_000, () => governor.heard("a", ACCEPTED)),
    );
    await world.advance(BOUND_MS + 4_999);
    sent.length = 0;
    await world.advance(3_000);
    expect(sent.length).toBeGreaterThan(0);
  });

  test("the others go on a little later if the sender that is to probe has died", async () => {
    const senders = joinThree();
    await world.advance(10_000);
    senders[1]?.governor.heard("a", limitedFor(DAY_MS));
    await world.advance(5_000);
    senders[1]?.kill();
    sent.length = 0;
    await world.advance(BOUND_MS + 14_900);
    expect(sent).toEqual([]);
    await world.advance(1_000);
    expect(sent.length).toBeGreaterThan(20);
  });
});

describe("of two senders that were asked for a day", () => {
  /** The second is asked later than the first, and one of them dies soon after. */
  async function playTwo(death: number): Promise<number> {
    const senders = joinThree();
    await world.advance(10_000);
    senders[0]?.governor.heard("a", limitedFor(DAY_MS));
    const from = world.now();
    await world.advance(20);
    if (death === 0) senders[0]?.kill();
    await world.advance(30_000);
    senders[1]?.governor.heard("a", limitedFor(DAY_MS));
    await world.advance(20);
    if (death === 1) senders[1]?.kill();
    sent.length = 0;
    return from;
  }

  test("the one that is to probe does not wait for the other, which has died", async () => {
    const from = await playTwo(1);
    await world.advance(from + BOUND_MS + 40 - world.now());
    expect(sent).toEqual([from + BOUND_MS]);
  });

  test("one does not leave it to another that has died", async () => {
    const from = await playTwo(0);
    await world.advance(from + BOUND_MS + 30_060 - world.now());
    expect(sent).toEqual([from + BOUND_MS + 30_020]);
  });
});

test("a probe that FCM takes ends the wait, which is logged by each sender that was asked", async () => {
  const senders = joinThree();
  await world.advance(10_000);
  for (const { governor } of senders) governor.heard("limited", limitedFor(DAY_MS));
  await world.advance(BOUND_MS - 1);
  expect(world.lines).toHaveLength(3);
  await world.advance(6_000);
  expect(world.lines.slice(3).map(({ message, sender }) => [message, sender])).toHaveLength(3);
  await world.advance(MINUTE_MS);
  expect(world.lines).toHaveLength(6);
});
