import { expect, test } from "vitest";
import { createWritePace } from "./write-pace.ts";

const MINUTE_MS = 60_000;

/** A pace on a clock that moves on only where somebody waits. */
function start() {
  let time = 1_000;
  const pace = createWritePace({
    now: () => time,
    sleep: async (ms) => {
      time += ms;
    },
  });
  const pass = (ms: number) => {
    time += ms;
  };
  return { pace, now: () => time, pass };
}

/** Writes as fast as it may for so long, and tells how many writes a second that came to. */
async function writeFor({ pace, now }: ReturnType<typeof start>, ms: number, atOnce = 2): Promise<number> {
  const end = now() + ms;
  let written = 0;
  while (now() < end) {
    await pace.take(atOnce);
    written += atOnce;
  }
  return Math.round(written / (ms / 1000));
}

test("begins with 500 writes a second, and grows by half every five minutes", async () => {
  const clock = start();
  const rates: number[] = [];
  for (let step = 0; step < 4; step++) rates.push(await writeFor(clock, 5 * MINUTE_MS));
  expect(rates.map((rate, step) => Math.round(rate / 500 / 1.5 ** step))).toEqual([1, 1, 1, 1]);
  expect(rates[0]).toBeLessThanOrEqual(501);
});

test("never lets more through in any second, however the writes come", async () => {
  const clock = start();
  clock.pass(MINUTE_MS);
  const times: number[] = [];
  for (let write = 0; write < 2_000; write++) {
    await clock.pace.take(1);
    times.push(clock.now());
  }
  const inSecond = (from: number) => times.filter((time) => time >= from && time < from + 1_000).length;
  expect(Math.max(...times.slice(0, 1_000).map(inSecond))).toBeLessThanOrEqual(501);
});

test("is shared by all who write at once, first come first served", async () => {
  const waits: number[] = [];
  const pace = createWritePace({ now: () => 0, sleep: async (ms) => void waits.push(ms) });
  await Promise.all([pace.take(100), pace.take(100), pace.take(50), pace.take(2)]);
  expect(waits).toEqual([200, 400, 500]);
});

test("begins anew after five minutes without a write", async () => {
  const clock = start();
  for (let step = 0; step < 3; step++) await writeFor(clock, 5 * MINUTE_MS);
  clock.pass(4 * MINUTE_MS);
  expect(await writeFor(clock, MINUTE_MS)).toBeGreaterThan(1_000);
  clock.pass(5 * MINUTE_MS + 1_000);
  expect(await writeFor(clock, MINUTE_MS)).toBeLessThanOrEqual(501);
});
