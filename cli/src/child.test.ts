import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { createChild } from "./child.ts";
import { makeFolder } from "./testing/folder.ts";

/** A process that tells what it uses three times, the last time after it has said that it is ready. */
const TELLER = `
const tell = (peakRssMb, cpuSeconds) => process.send({ type: "usage", peakRssMb, cpuSeconds });
tell(20, 1);
tell(30, 2);
process.send({ type: "ready" });
tell(40, 2.5);
setInterval(() => undefined, 1_000);
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
