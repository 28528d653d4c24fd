import { elapsed } from "@fanfare/shared/hosting/elapsed";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createPulse, type Pulse } from "./pulse.ts";

const EVERY_MS = 1_000;
const PATIENCE_MS = 100;

let said: string[];
let pulse: Pulse;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  said = [];
  pulse = createPulse({
    everyMs: EVERY_MS,
    patienceMs: PATIENCE_MS,
    ping: () => said.push("ping"),
    onAnswered: () => said.push("answered"),
    onDead: () => said.push("dead"),
  });
  pulse.start();
});
afterEach(() => {
  vi.useRealTimers();
});

test("a silent peer is pinged, and dead if it does not answer in time", () => {
  vi.advanceTimersByTime(EVERY_MS - 1);
  expect(said).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(said).toEqual(["ping"]);
  vi.advanceTimersByTime(PATIENCE_MS);
  expect(said).toEqual(["ping", "dead"]);
});

test("one that was heard is pinged that much later", () => {
  vi.advanceTimersByTime(EVERY_MS / 2);
  pulse.heard();
  vi.advanceTimersByTime(EVERY_MS - 1);
  expect(said).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(said).toEqual(["ping"]);
});

test("one in doubt is pinged at once, and trusted when it answers", () => {
  pulse.doubt();
  pulse.doubt();
  expect(said).toEqual(["ping"]);
  expect(pulse.trusted(elapsed())).toBe(false);
  pulse.pong();
  expect(pulse.trusted(elapsed())).toBe(true);
  vi.advanceTimersByTime(EVERY_MS);
  expect(said).toEqual(["ping", "answered", "ping"]);
});

test("answers that nobody asked for change nothing, however many they are", () => {
  for (let count = 0; count < 100; count++) pulse.pong();
  expect(vi.getTimerCount()).toBe(1);
  expect(said).toEqual([]);
  vi.advanceTimersByTime(EVERY_MS);
  expect(said).toEqual(["ping"]);
});

test("one that has stopped does nothing more", () => {
  pulse.doubt();
  pulse.stop();
  pulse.pong();
  pulse.doubt();
  expect(vi.getTimerCount()).toBe(0);
  expect(said).toEqual(["ping"]);
});
