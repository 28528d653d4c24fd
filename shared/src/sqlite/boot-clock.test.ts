import { expect, test } from "vitest";
import { startChild } from "../testing/child.ts";
import { bootId, bootNow } from "./boot-clock.ts";

test("the clock counts whole milliseconds, and is the same for two processes", async () => {
  const child = startChild(
    `import { bootId, bootNow } from "${new URL("./boot-clock.ts", import.meta.url)}";
    process.send([bootId(), bootNow()]);
    process.disconnect();`,
    {},
  );
  const before = bootNow();
  const [told] = (await child.told(1)) as [string, number][];
  const after = bootNow();
  expect(told?.[0]).toBe(bootId());
  expect(Number.isInteger(told?.[1])).toBe(true);
  expect(told?.[1]).toBeGreaterThanOrEqual(before);
  expect(told?.[1]).toBeLessThanOrEqual(after);
  await child.ended;
});

test("the boot's id is what the platform tells, and empty where it does not", () => {
  const refuses = () => {
    throw new Error("ENOENT");
  };
  const told = { linux: () => "a-boot\n", darwin: refuses };
  expect([bootId("linux", told), bootId("darwin", told), bootId("win32", told)]).toEqual(["a-boot", "", ""]);
});
