import { afterEach, describe, expect, test } from "vitest";
import type { Turn } from "./governor.ts";
import {
  busiestMinute,
  createFleetWorld,
  type FleetWorld,
  MINUTE_MS,
  type Sender,
  type Weather,
} from "./testing/fleet-world.ts";

const TURN: Turn = { lane: "normal", broadcast: "b" };
const CALM: Weather = { thereMs: 10, backMs: 10 };

let world: FleetWorld;
afterEach(() => world.close());

/** Attempts for ever, as fast as it is let or at a pace; notes when. */
async function attempt(sender: Sender, times: number[], paceMs = 0, turn = TURN): Promise<void> {
  for (;;) {
    await sender.governor.take(turn);
    if (!sender.alive) return;
    times.push(world.now());
    if (paceMs > 0) await new Promise<void>((resolve) => sender.clock.after(paceMs, resolve));
  }
}

/** A sender that attempts as fast as it is let. */
function joinHungry(quota: number, times: number[], turn = TURN): Sender {
  const sender = world.join(quota);
  for (let worker = 0; worker < 4; worker++) void attempt(sender, times, 0, turn);
  return sender;
}

/** How many attempts were made from a time on, until another. */
const between = (times: number[], from: number, to = Number.POSITIVE_INFINITY) =>
  times.filter((time) => time >= from && time < to).length;

/** Chance that is the same in every run. */
function createChance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

/** Now and then an answer is seconds late, and every sender loses all its calls for five seconds. */
function roughWeather(seed: number): (sender: number, time: number) => Weather {
  const chance = createChance(seed);
  return (sender, time) => {
    const lateMs = chance() < 0.02 ? 4_000 * chance() : 0;
    const isOut = (time + sender * 7_919) % 97_000 < 5_000;
    const lost = (["call", "answer", "failed"] as const)[Math.floor(chance() * 3)] ?? "call";
    const isLateThere = chance() < 0.5;
    return {
      thereMs: 5 + 40 * chance() + (isLateThere ? lateMs : 0),
      backMs: 5 + 40 * chance() + (isLateThere ? 0 : lateMs),
      ...(isOut && { lost }),
    };
  };
}

describe("promise 6: the quota is kept by all senders together, and used", () => {
  // What a sender that dies was granted is lost until its record expires: more deaths than these would cost more.
  test.each([
    { count: 1, quota: 6_000, minutes: 18, dieEveryMs: 15 * MINUTE_MS },
    { count: 5, quota: 6_000, minutes: 14, dieEveryMs: 6 * MINUTE_MS },
    { count: 50, quota: 24_000, minutes: 6, dieEveryMs: MINUTE_MS },
  ])(
    "by $count, which join late, die and are replaced, behind clocks and calls that go wrong",
    {
      timeout: 120_000,
    },
    async ({ count, quota, minutes, dieEveryMs }) => {
      const chance = createChance(count);
      world = createFleetWorld(roughWeather(count));
      const times: number[] = [];
      const senders: Sender[] = [];

      /** Of five one has little to send: together they want a twelfth of the quota. */
      function join(number: number): void {
        const sender = world.join(quota, (chance() - 0.5) * 4_000);
        senders.push(sender);
        const paceMs = number % 5 === 4 ? (4 * MINUTE_MS * count) / 5 / (quota / 12) : 0;
        for (let worker = 0; worker < 4; worker++) void attempt(sender, times, paceMs);
      }

      function die(): void {
        const number = Math.floor(chance() * count);
        senders.filter(({ alive }) => alive)[number]?.kill();
        world.after(chance() * 10_000, () => join(number));
        world.after(dieEveryMs * (0.5 + chance()), die);
      }

      for (let number = 0; number < count; number++) world.after(chance() * 30_000, () => join(number));
      world.after(dieEveryMs * (0.5 + chance()), die);
      await world.advance(minutes * MINUTE_MS);

      expect(senders.length).toBeGreaterThan(count);
      expect(busiestMinute(times)).toBeLessThanOrEqual(quota);
      const ramped = 2 * MINUTE_MS;
      expect(between(times, ramped) / (quota * (minutes - 2))).toBeGreaterThanOrEqual(0.95);
    },
  );

  test.each([60, 199, 1_000])("also where %i a minute are divided among five", async (quota) => {
    world = createFleetWorld();
    const times: number[] = [];
    for (let number = 0; number < 5; number++) joinHungry(quota, times);
    await world.advance(6 * MINUTE_MS);
    expect(busiestMinute(times)).toBeLessThanOrEqual(quota);
    expect(between(times, MINUTE_MS) / (quota * 5)).toBeGreaterThanOrEqual(0.95);
  });

  test("and no share is lost where senders end as they should", async () => {
    world = createFleetWorld();
    const times: number[] = [];
    let sender = joinHungry(6_000, times);
    await world.advance(2 * MINUTE_MS);
    const from = world.now();
    for (let round = 0; round < 20; round++) {
      const next = joinHungry(6_000, times);
      sender.governor.close();
      sender.kill();
      sender = next;
      await world.advance(10_000);
    }
    expect(busiestMinute(times)).toBeLessThanOrEqual(6_000);
    expect(between(times, from) / 20_000).toBeGreaterThanOrEqual(0.95);
  });
});

describe("a ramp", () => {
  test("takes a minute from little to all, and begins so that a small broadcast does not wait", async () => {
    world = createFleetWorld();
    const times: number[] = [];
    joinHungry(60_000, times);
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
    joinHungry(6_000, first);
    await world.advance(2 * MINUTE_MS);
    joinHungry(6_000, second);
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
    const sender = joinHungry(6_000, []);
    await world.advance(2 * MINUTE_MS);
    sender.governor.close();
    sender.kill();
    await world.advance(silentMs);
    const times: number[] = [];
    joinHungry(6_000, times);
    await world.advance(10_000);
    expect(times.length < 400).toBe(isAnew);
  });
});

describe("senders out of sight of each other", () => {
  test("stop before others may use what they had, and go on once they see them again", async () => {
    let isOut = false;
    world = createFleetWorld((sender) => (isOut && sender === 0 ? { ...CALM, lost: "failed" } : CALM));
    const [cut, other]: [number[], number[]] = [[], []];
    joinHungry(6_000, cut);
    joinHungry(6_000, other);
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
    world = createFleetWorld(() => ({ ...CALM, lost: "failed" }));
    const { governor } = world.join(6_000);
    let claims = 0;
    void governor.ready(TURN)?.then(() => {
      claims += 1;
    });
    await world.advance(MINUTE_MS);
    expect(claims).toBe(0);
    governor.close();
    await world.advance(0);
    expect(claims).toBe(1);
  });
});

describe("a pause that FCM asks one sender for", () => {
  test.each([6_000, null])("is kept by all, with a quota of %o, however late they join", async (quota) => {
    world = createFleetWorld();
    const times: number[] = [];
    const all = [0, 1, 2].map(() => world.join(quota));
    for (const sender of all) void attempt(sender, times, 20);
    await world.advance(10_000);
    all[0]?.governor.pause(30_000);
    const from = world.now();
    all[0]?.kill();
    await world.advance(10_000);
    const late = world.join(quota);
    void Promise.resolve(late.governor.ready(TURN)).then(() => attempt(late, times, 20));
    await world.advance(19_500);
    expect(between(times, from + 3_000)).toBe(0);
    await world.advance(5_000);
    expect(between(times, from + 30_000)).toBeGreaterThan(100);
  });

  test("does not grow by being passed on", async () => {
    world = createFleetWorld(() => ({ thereMs: 400, backMs: 400 }));
    const times: number[] = [];
    const all = [0, 1, 2].map(() => world.join(null));
    for (const sender of all) void attempt(sender, times, 20);
    await world.advance(10_000);
    for (const { governor } of all) governor.pause(60_000);
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
      const sender = joinHungry(60_000, its, limited);
      void attempt(sender, others, 50);
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
    return CALM;
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
  world = createFleetWorld(() => (isOut ? { ...CALM, lost: "call" } : CALM));
  const sender = world.join(6_000);
  void sender.governor.take(TURN);
  await world.advance(1_000);
  isOut = true;
  await world.advance(10_000);
  isOut = false;
  const times: number[] = [];
  void attempt(sender, times);
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
