import { Socket } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { delayDoor } from "./delay-door.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("a connection reaches the door after its delay, and at once without one", () => {
  const emit = vi.fn(() => true);
  const delays = [50, 0];
  const door = delayDoor({ emit }, () => delays.shift() ?? 0);
  const [late, prompt] = [new Socket(), new Socket()];
  door.emit("connection", late);
  door.emit("connection", prompt);
  expect(emit.mock.calls).toEqual([["connection", prompt]]);
  vi.advanceTimersByTime(49);
  expect(emit).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1);
  expect(emit.mock.calls).toEqual([
    ["connection", prompt],
    ["connection", late],
  ]);
});

test("a connection that ends while it waits never reaches the door", () => {
  const emit = vi.fn(() => true);
  const socket = new Socket();
  delayDoor({ emit }, () => 50).emit("connection", socket);
  socket.emit("close");
  vi.advanceTimersByTime(50);
  expect(emit).not.toHaveBeenCalled();
});

test("a shorter delay admits at once who has waited as long, and a longer one holds back who has not", () => {
  const emit = vi.fn(() => true);
  let delayMs = 50;
  const door = delayDoor({ emit }, () => delayMs);
  door.emit("connection", new Socket());
  delayMs = 100;
  door.changed();
  vi.advanceTimersByTime(60);
  expect(emit).not.toHaveBeenCalled();
  delayMs = 60;
  door.changed();
  expect(emit).toHaveBeenCalledOnce();
});
