import { createClock } from "@fanfare/shared/testing/clock";
import { describe, expect, test } from "vitest";
import { measurePace, showProgress } from "./progress.ts";

function makeStream(isTTY: boolean, columns = 80) {
  let text = "";
  const write = (chunk: string | Uint8Array) => {
    text += chunk;
    return true;
  };
  return { isTTY, columns, write, text: () => text } as const;
}

describe("elsewhere than on a terminal", () => {
  test("a line now and then tells how far it is, how fast and how long it takes", async () => {
    const { now, advance } = createClock();
    const stream = makeStream(false);
    const progress = showProgress("importing", 1_000, "rows", stream as never, now);
    await advance(1_000);
    progress.update(100);
    await advance(1_000);
    progress.update(200);
    progress.update(300);
    progress.say("line 7: is no JSON");
    await advance(2_000);
    progress.update(1_000);
    progress.end();
    expect(stream.text().split("\n")).toEqual([
      "importing 200/1000 rows, 100/s, 8 s left",
      "line 7: is no JSON",
      "importing 1000/1000 rows, 250/s, 0 s left",
      "importing 1000/1000 rows, 250/s, done",
      "",
    ]);
  });
});

describe("on a terminal", () => {
  const WIPE = "\r\x1b[K";

  test("a bar is drawn over itself, and says stay above it", async () => {
    const { now, advance } = createClock();
    const stream = makeStream(true);
    const progress = showProgress("sending", 1_000, "registrations", stream as never, now);
    await advance(1_000);
    progress.update(250);
    progress.update(251);
    progress.say("told");
    progress.end();
    expect(stream.text()).toBe(
      `${WIPE}sending ████░░░░░░░░░░░░ 25% 250/1000 registrations, 250/s, 3 s left` +
        `${WIPE}told\n` +
        `${WIPE}sending ████████████████ 100% 251/251 registrations, 251/s, done\n`,
    );
  });

  test("it never wraps", async () => {
    const { now, advance } = createClock();
    const stream = makeStream(true, 40);
    const progress = showProgress("sending", 10_000_000, "registrations", stream as never, now);
    await advance(1_000);
    progress.update(5_000_000);
    expect(stream.text().slice(WIPE.length)).toHaveLength(39);
  });

  test("more than was expected is still no more than all", async () => {
    const { now, advance } = createClock();
    const stream = makeStream(true);
    const progress = showProgress("sending", 0, "registrations", stream as never, now);
    await advance(1_000);
    progress.update(5);
    expect(stream.text()).toContain("████████████████ 100% 5/0 registrations, 5/s, 0 s left");
  });
});

test.each([
  [0, 100, 0, { rate: 0, left: "waiting" }],
  [0, 100, 5_000, { rate: 0, left: "waiting" }],
  [1, 100, 10_000, { rate: 0, left: "17 min left" }],
  [50, 100, 1_000, { rate: 50, left: "1 s left" }],
  [100, 100, 2_000, { rate: 50, left: "0 s left" }],
  [1_000, 100_000, 1_000, { rate: 1_000, left: "99 s left" }],
])("%i of %i in %i ms", (done, total, elapsedMs, pace) => {
  expect(measurePace(done, total, elapsedMs)).toEqual(pace);
});
