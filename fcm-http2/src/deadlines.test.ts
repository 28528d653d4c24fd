import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createDeadlines } from "./deadlines.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

function watch(ttlMs: number) {
  const expired: string[] = [];
  const deadlines = createDeadlines<{ name: string; deadline: number }>(ttlMs, ({ name }) =>
    expired.push(name),
  );
  const item = (name: string) => ({ name, deadline: 0 });
  return { deadlines, expired, item };
}

test("each expires after its own time, on one timer", () => {
  const { deadlines, expired, item } = watch(100);
  deadlines.add(item("a"));
  vi.advanceTimersByTime(60);
  deadlines.add(item("b"));
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(40);
  expect(expired).toEqual(["a"]);
  vi.advanceTimersByTime(59);
  expect(expired).toEqual(["a"]);
  vi.advanceTimersByTime(1);
  expect(expired).toEqual(["a", "b"]);
  expect(vi.getTimerCount()).toBe(0);
});

test("what was removed does not expire, and is removed once", () => {
  const { deadlines, expired, item } = watch(100);
  const a = item("a");
  deadlines.add(a);
  expect([deadlines.remove(a), deadlines.remove(a)]).toEqual([true, false]);
  vi.advanceTimersByTime(50);
  deadlines.add(item("b"));
  vi.advanceTimersByTime(50);
  expect(expired).toEqual([]);
  vi.advanceTimersByTime(50);
  expect(expired).toEqual(["b"]);
});

test("keeps the order in which things came", () => {
  const { deadlines, item } = watch(100);
  const [a, b, c] = [item("a"), item("b"), item("c")];
  for (const each of [a, b, c]) deadlines.add(each);
  deadlines.remove(b);
  deadlines.add(b);
  expect([...deadlines].map(({ name }) => name)).toEqual(["a", "c", "b"]);
  expect([deadlines.size(), deadlines.has(a), deadlines.has(item("a"))]).toEqual([3, true, false]);
});

test("one added while others expire has its full time", () => {
  const added: string[] = [];
  const deadlines = createDeadlines<{ name: string; deadline: number }>(100, ({ name }) => {
    added.push(name);
    if (added.length < 3) deadlines.add({ name: `${name}'`, deadline: 0 });
  });
  deadlines.add({ name: "a", deadline: 0 });
  vi.advanceTimersByTime(199);
  expect(added).toEqual(["a"]);
  vi.advanceTimersByTime(1);
  expect(added).toEqual(["a", "a'"]);
});
