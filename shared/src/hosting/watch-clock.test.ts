import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createStore, type TestStore } from "../testing/store.ts";
import { createElapsed } from "./elapsed.ts";
import { createLog } from "./log.ts";
import type { Service } from "./service.ts";
import { watchClock } from "./watch-clock.ts";

let store: TestStore;
let lines: Record<string, unknown>[];
let watch: Service;
let wall: number;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  store = createStore();
  lines = [];
  wall = 1_700_000_000_000;
  const log = createLog("sender", "warn", { write: (line) => void lines.push(JSON.parse(line)) });
  watch = watchClock("sender", { ...store, log }, createElapsed({ monotonic: store.now, wall: () => wall }));
});
afterEach(async () => {
  await watch.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  await store.close();
});

/** A second passes, and the wall clock moves by so much more. */
async function second(stepMs = 0): Promise<void> {
  wall += 1_000 + stepMs;
  await store.advance(1_000);
  await vi.advanceTimersByTimeAsync(1_000);
}

test.each([
  ["forward", 900_000],
  ["back", -86_400_000],
])("a step %s is one line in the log and one finding for doctor", async (_, stepMs) => {
  await second();
  expect(lines).toEqual([]);
  await second(stepMs);
  await second();
  expect(lines).toMatchObject([{ severity: "WARNING", service: "sender", stepMs }]);
  expect(await store.health.clockSteps(9)).toMatchObject([{ service: "sender", stepMs }]);
});

test("drift does not count as a step", async () => {
  for (let count = 0; count < 100; count++) await second(count % 2 === 0 ? 300 : -290);
  expect(lines).toEqual([]);
  expect(await store.health.clockSteps(9)).toEqual([]);
});

test("nothing is told once it has ended", async () => {
  await watch.close();
  await second(900_000);
  expect(await store.health.clockSteps(9)).toEqual([]);
});
