import { expect, test } from "vitest";
import { createClock } from "../testing/clock.ts";
import { createDataFile } from "../testing/data-file.ts";
import { describeHealthContract } from "./contract.ts";
import { createSqliteHealth } from "./sqlite.ts";

function open() {
  const data = createDataFile();
  const { now, advance } = createClock();
  return { health: createSqliteHealth(data.database, now, now), advance, close: data.close };
}

describeHealthContract("SQLite", async () => open());

test("a letter is forgotten after thirty days, when another comes", async () => {
  const { health, advance, close } = open();
  const letter = { subscription: "sender.chunks", reason: "r" };
  await health.noteDeadLetter({ ...letter, messageId: "old" });
  await advance(30 * 86_400_000);
  expect(await health.deadLetters(10)).toHaveLength(1);
  await health.noteDeadLetter({ ...letter, messageId: "new" });
  expect(await health.deadLetters(10)).toMatchObject([{ messageId: "new" }]);
  await close();
});

test("a clock step is forgotten after thirty days, when another comes", async () => {
  const { health, advance, close } = open();
  await health.noteClockStep({ service: "sender", stepMs: 1 });
  await advance(30 * 86_400_000);
  expect(await health.clockSteps(10)).toHaveLength(1);
  await health.noteClockStep({ service: "sender", stepMs: 2 });
  expect(await health.clockSteps(10)).toMatchObject([{ stepMs: 2 }]);
  await close();
});
