import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startChild } from "@fanfare/shared/testing/child";
import { expect, onTestFinished, test, vi } from "vitest";
import { createChild } from "./child.ts";
import { makeFolder } from "./testing/folder.ts";
import { isAlive, listProcesses } from "./testing/processes.ts";

/** A process that tells what it uses three times, the last time after it has said that it is ready. */
const TELLER = `
const tell = (peakRssMb, cpuSeconds) => process.send({ type: "usage", peakRssMb, cpuSeconds });
tell(20, 1);
tell(30, 2);
process.send({ type: "ready" });
tell(40, 2.5);
setInterval(() => undefined, 1_000);
`;

/** A process that tells its number, counts to its parent for ever, and ends with it. */
const COUNTER = `
process.send({ pid: process.pid });
process.send({ type: "ready" });
let count = 0;
setInterval(() => process.connected && process.send({ count: ++count }, () => undefined), 5);
process.once("disconnect", () => process.exit());
process.once("SIGTERM", () => process.send({ asked: true }, () => process.exit()));
`;

function createTeller() {
  const main = join(makeFolder(), "teller.mjs");
  writeFileSync(main, TELLER);
  const onDeath = vi.fn();
  const child = createChild({ name: "teller", main, onDeath });
  onTestFinished(child.stop);
  return { child, onDeath };
}

test("processor time is the sum over the lives of a process, and its peak the highest of all", async () => {
  const { child, onDeath } = createTeller();
  expect(child.usage()).toEqual({ peakRssMb: 0, cpuSeconds: 0 });
  for (const cpuSeconds of [2.5, 5, 7.5]) {
    await child.start();
    await vi.waitFor(() => expect(child.usage()).toEqual({ peakRssMb: 40, cpuSeconds }));
    await child.kill();
  }
  expect(onDeath).not.toHaveBeenCalled();
});

async function startCounter() {
  const main = join(makeFolder(), "counter.mjs");
  writeFileSync(main, COUNTER);
  const onDeath = vi.fn();
  const told: { pid?: number; count?: number; asked?: boolean }[] = [];
  const child = createChild({ name: "counter", main, onDeath, onMessage: (message) => told.push(message) });
  onTestFinished(child.stop);
  await child.start();
  const pid = await vi.waitUntil(() => told.find((message) => message.pid)?.pid);
  const count = () => told.at(-1)?.count ?? 0;
  const goesOn = () => {
    const before = count();
    return vi.waitFor(() => expect(count()).toBeGreaterThan(before), { timeout: 10_000 });
  };
  return { child, pid, onDeath, goesOn, wasAsked: () => told.some(({ asked }) => asked) };
}

const stateOf = (pid: number) => listProcesses().find((one) => one.pid === pid)?.state ?? "gone";
const isStalled = (pid: number) => vi.waitFor(() => expect(stateOf(pid)).toMatch(/^T/));

test("a stalled process is there and does nothing, and goes on when it is woken, time after time", async () => {
  const { child, pid, onDeath, goesOn } = await startCounter();
  for (let time = 0; time < 3; time++) {
    child.stall();
    child.stall();
    await isStalled(pid);
    child.wake();
    await goesOn();
  }
  child.wake();
  await goesOn();
  expect(onDeath).not.toHaveBeenCalled();
});

test.each(["kill", "stop"] as const)(
  "a stalled process ends by %s, and is not stalled any more",
  async (how) => {
    const { child, pid, onDeath, wasAsked } = await startCounter();
    child.stall();
    await isStalled(pid);
    await child[how]();
    expect(stateOf(pid)).toBe("gone");
    // It had its chance to clean up, though it was stalled when it was asked to end.
    expect(wasAsked()).toBe(how === "stop");
    expect(onDeath).not.toHaveBeenCalled();
  },
);

test("a process that died while it was stalled can be started and stalled again", async () => {
  const { child, pid, onDeath, goesOn } = await startCounter();
  child.stall();
  process.kill(pid, "SIGKILL");
  await vi.waitFor(() => expect(onDeath).toHaveBeenCalledOnce());
  await child.start();
  await goesOn();
});

test("a stalled process does not outlive a parent that is killed", async () => {
  const main = join(makeFolder(), "counter.mjs");
  writeFileSync(main, COUNTER);
  const parent = startChild(
    `import { createChild } from "${import.meta.resolve("./child.ts")}";
     const tell = (message) => message.pid && process.send(message);
     const child = createChild({ name: "counter", main: JSON.parse(process.argv[1]), onDeath() {}, onMessage: tell });
     await child.start();
     child.stall();
     process.send("stalled");`,
    main,
  );
  const [{ pid }] = (await parent.told(2)) as [{ pid: number }];
  await isStalled(pid);
  parent.kill();
  await parent.ended;
  await vi.waitFor(() => expect(isAlive({ pid })).toBe(false), { timeout: 10_000 });
});
