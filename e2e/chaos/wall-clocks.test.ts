import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createChild } from "@fanfare/local/child";
import { createFolder } from "@fanfare/shared/testing/folder";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createWallClocks, OPERATOR, type WallClocks } from "../testing/clock/wall-clocks.ts";

/** Tells its clock whenever it is asked, by each way of looking at it, and how its true clock runs. */
const TELLER = `
const kept = Date.now;
const tell = () => process.send({
  times: [Date.now(), kept(), new Date().getTime(), Date.parse(Date())],
  isDate: new Date() instanceof Date && new Date(5).getTime() === 5 && new Date(0).constructor === Date,
  trueMs: performance.timeOrigin + performance.now(),
});
process.on("message", tell);
process.send({ type: "ready" });
`;

const HOUR_MS = 3_600_000;
/** Between looks of two processes. */
const SLACK_MS = 60_000;

let folder: ReturnType<typeof createFolder>;
let closing: AsyncDisposableStack;
beforeEach(() => {
  folder = createFolder();
  closing = new AsyncDisposableStack();
});
afterEach(async () => {
  await closing.disposeAsync();
  folder.remove();
});

/** Without the sign that a zero may have. */
const inHours = (ms: number) => Math.round(ms / HOUR_MS) + 0;

type Told = { times: number[]; isDate: boolean; trueMs: number };

function createTeller(clocks: WallClocks, name: string) {
  const main = join(folder.path, "teller.mjs");
  writeFileSync(main, TELLER);
  const told: Told[] = [];
  const child = createChild({
    name,
    main,
    execArgv: clocks.nodeOptions(name),
    onDeath: vi.fn(),
    onMessage: (message) => told.push(message as Told),
  });
  closing.defer(child.stop);
  async function offset(): Promise<number> {
    const before = told.length;
    child.tell({});
    const { times, isDate, trueMs } = await vi.waitUntil(() => told[before], { timeout: 10_000 });
    expect(isDate).toBe(true);
    const off = times.map((time) => time - trueMs);
    expect(Math.max(...off) - Math.min(...off)).toBeLessThan(SLACK_MS);
    return inHours(off[0] ?? 0);
  }
  return { child, offset };
}

const ownOffset = () => inHours(Date.now() - performance.timeOrigin - performance.now());

test("all processes of one machine see its clock step, this one and one that starts again too", async () => {
  const clocks = createWallClocks(folder.path, true);
  closing.defer(clocks.correct);
  const [one, other] = [createTeller(clocks, "one"), createTeller(clocks, "other")];
  await one.child.start();
  await other.child.start();
  expect([await one.offset(), await other.offset(), ownOffset()]).toEqual([0, 0, 0]);
  clocks.step(["one"], 25 * HOUR_MS);
  expect([await one.offset(), await other.offset(), ownOffset()]).toEqual([25, 25, 25]);
  await one.child.kill();
  await one.child.start();
  clocks.step([OPERATOR], -27 * HOUR_MS);
  expect([await one.offset(), await other.offset(), ownOffset()]).toEqual([-2, -2, -2]);
  clocks.correct();
  expect([await one.offset(), await other.offset(), ownOffset()]).toEqual([0, 0, 0]);
});

test("machines have clocks of their own, and the operator, which stands in for Google, has the right one", async () => {
  const clocks = createWallClocks(folder.path, false);
  closing.defer(clocks.correct);
  const [one, other] = [createTeller(clocks, "one"), createTeller(clocks, "other")];
  await Promise.all([one.child.start(), other.child.start()]);
  clocks.step(["one"], 3 * HOUR_MS);
  clocks.step([OPERATOR], -HOUR_MS);
  expect([await one.offset(), await other.offset(), ownOffset()]).toEqual([3, 0, 0]);
});
