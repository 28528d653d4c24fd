import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { createGovernor, type Governor } from "./governor.ts";
import type { GovernorClock } from "./governor-clock.ts";
import { busiestMinute, limitedFor, MINUTE_MS } from "./testing/fleet-world.ts";
import type { Turn } from "./turn.ts";

const TURN: Turn = { lane: "normal", broadcast: "b" };

/** A clock with timers, which fire in order as it is moved on. */
function createTimers() {
  let time = 1_000;
  let timers: { at: number; then: () => void }[] = [];
  const clock: GovernorClock = {
    now: () => time,
    after: (ms, then) => void timers.push({ at: time + ms, then }),
  };
  async function advance(ms: number): Promise<void> {
    const until = time + ms;
    for (;;) {
      // What was let go takes its turn before time goes on.
      await new Promise(setImmediate);
      const next = timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      timers = timers.filter((timer) => timer !== next);
      time = Math.max(time, next.at);
      next.then();
    }
    time = until;
  }
  return { clock, advance };
}

let timers: ReturnType<typeof createTimers>;
let times: number[];
beforeEach(() => {
  timers = createTimers();
  times = [];
});

/** Takes as fast as it is let, for ever; returns when it took. */
async function takeAlways(governor: Governor, workers: number): Promise<void> {
  const work = async () => {
    for (;;) {
      await governor.take(TURN);
      times.push(timers.clock.now());
    }
  };
  for (let worker = 0; worker < workers; worker++) void work();
}

describe("a quota", () => {
  test.each([1, 7, 60, 100, 1_000, 5_000])(
    "of %i a minute is never passed in any minute, and used",
    async (quota) => {
      const minutes = 5;
      void takeAlways(createGovernor(quota, timers.clock), 20);
      await timers.advance(minutes * MINUTE_MS);
      expect(busiestMinute(times)).toBeLessThanOrEqual(quota);
      expect(times.length).toBeGreaterThanOrEqual(Math.floor(quota * minutes * 0.95));
    },
  );

  test("is not passed after a quiet time, whose share is not saved up", async () => {
    const quota = 600;
    const governor = createGovernor(quota, timers.clock);
    await timers.advance(10 * MINUTE_MS);
    void takeAlways(governor, 20);
    await timers.advance(2 * MINUTE_MS);
    expect(busiestMinute(times)).toBeLessThanOrEqual(quota);
    expect(times.filter((time) => time === times[0]).length).toBeLessThanOrEqual(quota / 100);
  });

  test("holds whatever the pace of those who ask", async () => {
    const waits = fc.array(fc.nat(3_000), { minLength: 20, maxLength: 200, size: "max" });
    const property = fc.asyncProperty(
      fc.integer({ min: 5, max: 300 }),
      waits,
      fc.nat(20),
      async (quota, pauses, burst) => {
        timers = createTimers();
        times = [];
        const governor = createGovernor(quota, timers.clock);
        const take = async () => {
          await governor.take(TURN);
          times.push(timers.clock.now());
        };
        for (const ms of pauses) {
          for (let index = 0; index <= burst; index++) void take();
          await timers.advance(ms);
        }
        expect(busiestMinute(times)).toBeLessThanOrEqual(quota);
      },
    );
    await fc.assert(property, { numRuns: 30 });
  });

  test("of none lets everybody go at once", () => {
    const governor = createGovernor(null, timers.clock);
    for (let index = 0; index < 1_000; index++) expect(governor.take(TURN)).toBeNull();
  });
});

test("those who wait go in the order in which they came", async () => {
  const governor = createGovernor(60, timers.clock);
  const order: number[] = [];
  for (let index = 0; index < 30; index++)
    void Promise.resolve(governor.take(TURN)).then(() => order.push(index));
  await timers.advance(MINUTE_MS);
  expect(order).toEqual(Array.from({ length: 30 }, (_, index) => index));
});

test("nobody who comes later overtakes one who waits", async () => {
  const governor = createGovernor(60, timers.clock);
  expect(governor.take(TURN)).toBeNull();
  const second = governor.take(TURN);
  const third = governor.take(TURN);
  expect(second).not.toBeNull();
  expect(third).not.toBeNull();
  await timers.advance(1_100);
  await second;
  const fourth = governor.take(TURN);
  expect(fourth, "though there is nearly enough for one").not.toBeNull();
});

describe("lanes", () => {
  const urgent: Turn = { lane: "urgent", broadcast: "u" };
  const limited: Turn = { lane: "normal", broadcast: "l", perMinute: 60 };

  /** Takes once, and notes its name when it is let go. */
  async function takeAs(governor: Governor, name: string, turn: Turn, order: string[]): Promise<void> {
    await governor.take(turn);
    order.push(name);
  }

  test("the urgent go before all others who wait", async () => {
    const governor = createGovernor(60, timers.clock);
    const order: string[] = [];
    for (const name of ["a", "b", "c"]) void takeAs(governor, name, TURN, order);
    for (const name of ["U", "V"]) void takeAs(governor, name, urgent, order);
    await timers.advance(10_000);
    expect(order).toEqual(["a", "U", "V", "b", "c"]);
  });

  test("a broadcast at its own limit holds up nobody behind it, and keeps its own order", async () => {
    const governor = createGovernor(6_000, timers.clock);
    const order: string[] = [];
    for (const name of ["l1", "l2", "l3"]) void takeAs(governor, name, limited, order);
    for (const name of ["a", "b", "c"]) void takeAs(governor, name, TURN, order);
    await timers.advance(500);
    expect(order).toEqual(["l1", "a", "b", "c"]);
    await timers.advance(2_000);
    expect(order.slice(4)).toEqual(["l2", "l3"]);
  });

  test("what is not urgent keeps away while it has to, and then goes", async () => {
    const until = timers.clock.now() + 90_000;
    const keepAwayMs = () => Math.max(0, until - timers.clock.now());
    const governor = createGovernor(null, timers.clock, { keepAwayMs });
    const order: string[] = [];
    void takeAs(governor, "normal", TURN, order);
    void Promise.resolve(governor.ready(TURN)).then(() => order.push("claimed"));
    void takeAs(governor, "urgent", urgent, order);
    expect(governor.ready(urgent)).toBeNull();
    await timers.advance(89_999);
    expect(order).toEqual(["urgent"]);
    await timers.advance(1);
    expect(order.toSorted()).toEqual(["claimed", "normal", "urgent"]);
  });
});

describe("a chunk", () => {
  test("is claimed only when its first attempt is near", async () => {
    const governor = createGovernor(60, timers.clock);
    expect(governor.ready(TURN)).toBeNull();
    for (let waiting = 0; waiting < 6; waiting++) void governor.take(TURN);
    let claimed = false;
    void governor.ready(TURN)?.then(() => {
      claimed = true;
    });
    expect(governor.ready({ ...TURN, lane: "urgent" })).not.toBeNull();
    await timers.advance(4_000);
    expect(claimed).toBe(false);
    await timers.advance(2_000);
    expect(claimed).toBe(true);
  });
});

describe("a pause", () => {
  test("lets nobody go before its end, and then everybody", async () => {
    const governor = createGovernor(600, timers.clock);
    void takeAlways(governor, 5);
    await timers.advance(1_000);
    governor.heard("a", limitedFor(30_000));
    const before = times.length;
    await timers.advance(29_999);
    expect(times.length).toBe(before);
    await timers.advance(MINUTE_MS);
    expect(times.length).toBeGreaterThan(before + 500);
  });

  test("holds for a governor without a quota as well", async () => {
    const governor = createGovernor(null, timers.clock);
    governor.heard("a", limitedFor(500));
    const waits = governor.take(TURN);
    let gone = false;
    void waits?.then(() => {
      gone = true;
    });
    await timers.advance(499);
    expect(gone).toBe(false);
    await timers.advance(1);
    expect(gone).toBe(true);
    expect(governor.take(TURN)).toBeNull();
  });

  test("is never shortened by another, and longer ones count", async () => {
    const governor = createGovernor(null, timers.clock);
    governor.heard("a", limitedFor(1_000));
    governor.heard("a", limitedFor(10));
    await timers.advance(999);
    expect(governor.take(TURN)).not.toBeNull();
    governor.heard("a", limitedFor(5_000));
    let over = false;
    void governor.ready(TURN)?.then(() => {
      over = true;
    });
    await timers.advance(4_999);
    expect(over).toBe(false);
    await timers.advance(1);
    expect(over).toBe(true);
  });

  test("that grows keeps waiting whoever waits for its end", async () => {
    const governor = createGovernor(null, timers.clock);
    governor.heard("a", limitedFor(1_000));
    let over = false;
    void governor.ready(TURN)?.then(() => {
      over = true;
    });
    await timers.advance(500);
    governor.heard("a", limitedFor(5_000));
    await timers.advance(4_999);
    expect(over).toBe(false);
    await timers.advance(1);
    expect(over).toBe(true);
  });

  test("that is none keeps nobody", () => {
    const governor = createGovernor(10, timers.clock);
    expect(governor.ready(TURN)).toBeNull();
    governor.heard("a", limitedFor(0));
    expect(governor.ready(TURN)).toBeNull();
  });
});

test("closing lets everybody go who waits, for the quota or for a pause, and whoever comes after", async () => {
  const governor = createGovernor(1, timers.clock);
  expect(governor.take(TURN)).toBeNull();
  governor.heard("a", limitedFor(MINUTE_MS));
  const waiting = [governor.take(TURN), governor.take(TURN), governor.ready(TURN)];
  expect(waiting).not.toContain(null);
  void governor.close();
  await Promise.all(waiting);
  expect(governor.take(TURN)).toBeNull();
  expect(governor.ready(TURN)).toBeNull();
});
