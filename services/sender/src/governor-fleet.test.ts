import { afterEach, describe, expect, test } from "vitest";
import {
  between,
  busiestMinute,
  CLEAR,
  createFleetWorld,
  type FleetWorld,
  limitedFor,
  MINUTE_MS,
  TURN,
} from "./testing/fleet-world.ts";
import type { Turn } from "./turn.ts";

let world: FleetWorld;
afterEach(() => world.close());

describe("a ramp", () => {
  test("takes a minute from little to all, and begins so that a small broadcast does not wait", async () => {
    world = createFleetWorld();
    const times: number[] = [];
    world.joinHungry(60_000, times);
    await world.advance(100);
    expect(times.length).toBeGreaterThanOrEqual(100);
    await world.advance(59_900);
    expect(between(times, 0, 15_000)).toBeLessThan(2_500);
    expect(between(times, 45_000, 60_000)).toBeGreaterThan(11_000);
    expect(times.length).toBeLessThan(31_000);
  });

  test("is that of all together: who joins later begins where the others are", async () => {
    world = createFleetWorld();
    const [first, second]: [number[], number[]] = [[], []];
    world.joinHungry(6_000, first);
    await world.advance(2 * MINUTE_MS);
    world.joinHungry(6_000, second);
    await world.advance(10_000);
    expect(second.length).toBeGreaterThan(300);
    // What joining costs: the second's share until both have seen it, and no new ramp.
    expect(between([...first, ...second], 2 * MINUTE_MS)).toBeGreaterThan(900);
  });

  test.each([
    [60_000, false],
    [120_000, true],
  ])("after a silence of %i ms begins anew: %o", async (silentMs, isAnew) => {
    world = createFleetWorld();
    const sender = world.joinHungry(6_000, []);
    await world.advance(2 * MINUTE_MS);
    void sender.governor.close();
    sender.kill();
    await world.advance(silentMs);
    const times: number[] = [];
    world.joinHungry(6_000, times);
    await world.advance(10_000);
    expect(times.length < 400).toBe(isAnew);
  });
});

describe("senders out of sight of each other", () => {
  test("stop before others may use what they had, and go on once they see them again", async () => {
    let isOut = false;
    world = createFleetWorld((sender) => (isOut && sender === 0 ? { ...CLEAR, lost: "failed" } : CLEAR));
    const [cut, other]: [number[], number[]] = [[], []];
    world.joinHungry(6_000, cut);
    world.joinHungry(6_000, other);
    await world.advance(2 * MINUTE_MS);
    isOut = true;
    const from = world.now();
    await world.advance(MINUTE_MS);
    expect(between(cut, from + 12_100)).toBe(0);
    expect(between(cut, from + 5_000, from + 9_000)).toBeGreaterThan(150);
    expect(between(other, from + 40_000)).toBeGreaterThan(1_900);
    isOut = false;
    await world.advance(MINUTE_MS);
    expect(between(cut, from + MINUTE_MS + 10_000)).toBeGreaterThan(2_000);
    expect(busiestMinute([...cut, ...other].sort((a, b) => a - b))).toBeLessThanOrEqual(6_000);
  });

  test("do not claim what they could not send", async () => {
    world = createFleetWorld(() => ({ ...CLEAR, lost: "failed" }));
    const { governor } = world.join(6_000);
    let claims = 0;
    void governor.ready(TURN)?.then(() => {
      claims += 1;
    });
    await world.advance(MINUTE_MS);
    expect(claims).toBe(0);
    void governor.close();
    await world.advance(0);
    expect(claims).toBe(1);
  });
});

describe("a pause that FCM asks one sender for", () => {
  test.each([6_000, null])("is kept by all, with a quota of %o, however late they join", async (quota) => {
    world = createFleetWorld();
    const times: number[] = [];
    const all = [0, 1, 2].map(() => world.join(quota));
    for (const sender of all) void world.attempt(sender, times, 20);
    await world.advance(10_000);
    all[0]?.governor.heard("a", limitedFor(30_000));
    const from = world.now();
    all[0]?.kill();
    await world.advance(10_000);
    const late = world.join(quota);
    void Promise.resolve(late.governor.ready(TURN)).then(() => world.attempt(late, times, 20));
    await world.advance(19_500);
    expect(between(times, from + 3_000)).toBe(0);
    await world.advance(5_000);
    expect(between(times, from + 30_000)).toBeGreaterThan(100);
  });

  test("does not grow by being passed on", async () => {
    world = createFleetWorld(() => ({ thereMs: 400, backMs: 400 }));
    const times: number[] = [];
    const all = [0, 1, 2].map(() => world.join(null));
    for (const sender of all) void world.attempt(sender, times, 20);
    await world.advance(10_000);
    for (const { governor } of all) governor.heard("a", limitedFor(60_000));
    const from = world.now();
    await world.advance(62_000);
    expect(between(times, from + 61_500)).toBeGreaterThan(0);
  });
});

describe("a broadcast's own limit", () => {
  const limited: Turn = { lane: "normal", broadcast: "limited", perMinute: 600 };

  test("is kept by all senders together, and used", async () => {
    world = createFleetWorld();
    const [its, others]: [number[], number[]] = [[], []];
    for (let number = 0; number < 4; number++) {
      const sender = world.joinHungry(60_000, its, limited);
      void world.attempt(sender, others, 50);
    }
    await world.advance(5 * MINUTE_MS);
    expect(busiestMinute(its)).toBeLessThanOrEqual(600);
    expect(between(its, MINUTE_MS) / 2_400).toBeGreaterThanOrEqual(0.95);
    // Four senders, each every 50 ms: nobody waits behind those that are held back.
    expect(between(others, MINUTE_MS) / 4).toBeGreaterThan(4_500);
  });
});

test("a sender with nothing to do writes nothing, and leaves all to the others", async () => {
  let calls = 0;
  world = createFleetWorld(() => {
    calls += 1;
    return CLEAR;
  });
  const { governor } = world.join(6_000);
  void governor.take(TURN);
  await world.advance(10_000);
  expect((await world.look()).senders.map(({ shares }) => shares)).toEqual([{}]);
  const before = calls;
  expect(before).toBeGreaterThan(2);
  await world.advance(10 * MINUTE_MS);
  expect(calls).toBe(before);
});

test("a sender whose farewell is lost comes back when it has something to do", async () => {
  let isOut = false;
  world = createFleetWorld(() => (isOut ? { ...CLEAR, lost: "call" } : CLEAR));
  const sender = world.join(6_000);
  void sender.governor.take(TURN);
  await world.advance(1_000);
  isOut = true;
  await world.advance(10_000);
  isOut = false;
  const times: number[] = [];
  void world.attempt(sender, times);
  await world.advance(10_000);
  expect(times.length).toBeGreaterThan(100);
});

test.each([6_000, null])("whoever comes first, and alone, is let go, with a quota of %o", async (quota) => {
  for (const ask of ["ready", "take"] as const) {
    world = createFleetWorld();
    const { governor } = world.join(quota);
    let gone = false;
    void Promise.resolve(governor[ask](TURN)).then(() => {
      gone = true;
    });
    await world.advance(1_000);
    expect(gone, ask).toBe(true);
    // It leaves, so that the next one comes alone again.
    await world.advance(10_000);
    void Promise.resolve(governor[ask](TURN)).then(() => {
      gone = false;
    });
    await world.advance(1_000);
    expect(gone, `${ask} again`).toBe(false);
  }
});

test.each([
  ["while it sends", 0],
  ["in a call to the store", 5],
  ["long after it sent", 10 * MINUTE_MS],
])("a sender that closes %s says when it needs the store no more", async (_, afterMs) => {
  let calls = 0;
  world = createFleetWorld(() => {
    calls += 1;
    return CLEAR;
  });
  const { governor } = world.join(6_000);
  await world.advance(10_000);
  void governor.take(TURN);
  await world.advance(afterMs);
  let over = false;
  void governor.close().then(() => {
    over = true;
  });
  await world.advance(0);
  expect(over, "its farewell is on its way").toBe(false);
  await world.advance(1_000);
  expect(over).toBe(true);
  const before = calls;
  await world.advance(10 * MINUTE_MS);
  expect(calls).toBe(before);
});

test("a sender that cannot reach the store is closed in time all the same", async () => {
  world = createFleetWorld(() => ({ ...CLEAR, lost: "call" }));
  const { governor } = world.join(6_000);
  void governor.take(TURN);
  let over = false;
  void governor.close().then(() => {
    over = true;
  });
  await world.advance(5_001);
  expect(over).toBe(true);
});
