import { afterEach, describe, expect, test } from "vitest";
import {
  between,
  busiestMinute,
  createFleetWorld,
  type FleetWorld,
  MINUTE_MS,
  type Sender,
  type Weather,
} from "./testing/fleet-world.ts";

let world: FleetWorld;
afterEach(() => world.close());

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
        for (let worker = 0; worker < 4; worker++) void world.attempt(sender, times, paceMs);
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
    for (let number = 0; number < 5; number++) world.joinHungry(quota, times);
    await world.advance(6 * MINUTE_MS);
    expect(busiestMinute(times)).toBeLessThanOrEqual(quota);
    expect(between(times, MINUTE_MS) / (quota * 5)).toBeGreaterThanOrEqual(0.95);
  });

  test("and no share is lost where senders end as they should", async () => {
    world = createFleetWorld();
    const times: number[] = [];
    let sender = world.joinHungry(6_000, times);
    await world.advance(2 * MINUTE_MS);
    const from = world.now();
    for (let round = 0; round < 20; round++) {
      const next = world.joinHungry(6_000, times);
      sender.governor.close();
      sender.kill();
      sender = next;
      await world.advance(10_000);
    }
    expect(busiestMinute(times)).toBeLessThanOrEqual(6_000);
    expect(between(times, from) / 20_000).toBeGreaterThanOrEqual(0.95);
  });
});
