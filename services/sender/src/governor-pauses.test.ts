import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  between,
  createFleetWorld,
  type FleetWorld,
  limitedFor,
  MINUTE_MS,
  type Sender,
} from "./testing/fleet-world.ts";
import { ACCEPTED, createTalk, limited, NOT_PROCESSED, type Talk } from "./testing/talk.ts";
import type { Turn } from "./turn.ts";

const DAY_MS = 86_400_000;
const BOUND_MS = 5 * MINUTE_MS;
const URGENT: Turn = { lane: "urgent", broadcast: "u" };

let world: FleetWorld;
let sent: number[];
let talk: Talk["talk"];
let joinThree: Talk["joinThree"];
function begin(): void {
  world = createFleetWorld();
  ({ sent, talk, joinThree } = createTalk(world));
}
beforeEach(begin);
afterEach(() => world.close());

describe("a 429 that does not name its cause", () => {
  async function urgentTimes(withBusyOne: boolean): Promise<number[]> {
    world.close();
    begin();
    const times: number[] = [];
    const [here, there] = [world.join(null), world.join(null)];
    if (withBusyOne) void talk(here, "busy", { answer: () => limited(), turn: URGENT, times: [] });
    for (const sender of [here, there]) void talk(sender, "other", { turn: URGENT, times, paceMs: 400 });
    await world.advance(2 * MINUTE_MS);
    return times;
  }

  test("of one device over and over makes no urgent message to another wait", async () => {
    expect(await urgentTimes(true)).toEqual(await urgentTimes(false));
  });

  /** Answers in one second: some addresses are limited, others are not. */
  async function answersOf(devices: number, others: number, afterMs = MINUTE_MS): Promise<void> {
    const [first] = joinThree() as [Sender];
    await world.advance(10_000);
    for (let index = 0; index < others; index++) first.governor.heard(`good${index}`, ACCEPTED);
    for (let index = 0; index < devices; index++) first.governor.heard(`limited${index}`, limited(afterMs));
    sent.length = 0;
    await world.advance(30_000);
  }

  test.each([
    ["five addresses among less than a tenth of the answers", 5, 60],
    ["four addresses and no other answer", 4, 0],
  ])("of %s pauses no sender", async (_, devices, others) => {
    await answersOf(devices, others);
    expect(sent.length).toBeGreaterThan(900);
    expect(world.lines).toEqual([]);
  });

  test("of five addresses that are a tenth of the answers pauses all senders", async () => {
    await answersOf(5, 10);
    expect(between(sent, 13_000)).toBe(0);
    await world.advance(MINUTE_MS);
    expect(between(sent, 72_600)).toBeGreaterThan(100);
  });

  test("is weighed against answers alone: what never reached FCM does not count", async () => {
    const [first] = joinThree() as [Sender];
    for (let index = 0; index < 100; index++) {
      first.governor.heard("lost", NOT_PROCESSED);
      first.governor.heard("lost", { kind: "credential", reason: "no token" });
    }
    for (let index = 0; index < 5; index++) first.governor.heard(`limited${index}`, limited());
    await world.advance(10_000);
    expect(between(sent, 3_000)).toBe(0);
  });
});

test("a pause that grows is told at once", async () => {
  const [first] = joinThree() as [Sender];
  await world.advance(10_000);
  first.governor.heard("a", limitedFor(10_000));
  await world.advance(200);
  first.governor.heard("a", limitedFor(60_000));
  await world.advance(20);
  first.kill();
  await world.advance(50_000);
  expect(between(sent, 13_000)).toBe(0);
});

test("a record that tells a day, and goes on to, is believed for little more than five minutes", async () => {
  joinThree();
  await world.advance(10_000);
  const tell = (beat: number) => {
    void world.announce({ v: 1, id: "old", beat, shares: {}, pauseMs: DAY_MS, rampedSince: null });
    world.after(2_500, () => tell(beat + 1));
  };
  tell(1);
  const from = world.now();
  await world.advance(BOUND_MS);
  expect(between(sent, from + 3_000)).toBe(0);
  await world.advance(30_000);
  expect(between(sent, from + BOUND_MS + 25_000)).toBeGreaterThan(180);
});

test("a wait is logged once at its start and once at its end, by the sender that was asked", async () => {
  const [first] = joinThree() as [Sender];
  await world.advance(10_000);
  for (let index = 0; index < 50; index++) {
    first.governor.heard(`a${index}`, limitedFor(30_000));
    await world.advance(100);
  }
  const until = new Date(1_800_000_040_000).toISOString();
  const start = {
    sender: 0,
    message: "FCM asked everybody to wait",
    until,
    why: expect.stringContaining("429"),
  };
  expect(world.lines).toMatchObject([start]);
  await world.advance(29_800);
  expect(world.lines).toHaveLength(1);
  await world.advance(200);
  const end = { sender: 0, message: "FCM's wait for everybody is over" };
  expect(world.lines).toMatchObject([start, end]);
  first.governor.heard("a", limitedFor(30_000));
  expect(world.lines).toHaveLength(3);
});
