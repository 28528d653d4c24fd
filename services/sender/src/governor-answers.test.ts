import type { Verdict } from "@fanfare/shared/domain/answers";
import { createLog } from "@fanfare/shared/hosting/log";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createGovernor } from "./governor.ts";
import { createAnswers } from "./governor-answers.ts";
import { CLEAR, createFleetWorld, type FleetWorld, MINUTE_MS, TURN } from "./testing/fleet-world.ts";

const ACCEPTED: Verdict = { kind: "accepted" };
const DEAD: Verdict = { kind: "rejected", code: "UNREGISTERED" };

let world: FleetWorld;
beforeEach(() => {
  world = createFleetWorld();
});
afterEach(() => world.close());

const told = async () => (await world.look()).senders.map(({ answers }) => answers);

test("accepted and dead addresses are counted, and nothing else", () => {
  const answers = createAnswers(() => 0);
  const verdicts: Verdict[] = [
    ACCEPTED,
    DEAD,
    { kind: "rejected", code: "INVALID_ARGUMENT" },
    { kind: "rejected", code: "SENDER_ID_MISMATCH" },
    { kind: "suspicion", against: "content", says: "no" },
    { kind: "retry", unsure: true },
    { kind: "credential", reason: "none" },
  ];
  for (const verdict of verdicts) answers.note(verdict);
  expect(answers.recent()).toEqual({ accepted: 1, dead: 2 });
});

test("those of about the last hour count", () => {
  let time = 0;
  const answers = createAnswers(() => time);
  expect(answers.recent()).toBeUndefined();
  for (let minute = 0; minute < 90; minute++) {
    answers.note(minute < 30 ? DEAD : ACCEPTED);
    time += MINUTE_MS;
  }
  time -= 1;
  expect(answers.recent()).toEqual({ accepted: 60, dead: 0 });
  time += 60 * MINUTE_MS;
  expect(answers.recent()).toBeUndefined();
});

test.each([6_000, null])(
  "with a quota of %o they are told, also by a sender with nothing else to do",
  async (quota) => {
    const { governor } = world.join(quota);
    void governor.take(TURN);
    await world.advance(10_000);
    governor.heard("a", DEAD);
    await world.advance(100);
    expect(await told()).toEqual([{ accepted: 0, dead: 1 }]);
    governor.heard("a", DEAD);
    governor.heard("b", ACCEPTED);
    await world.advance(10_000);
    expect(await told(), "when it withdraws").toEqual([{ accepted: 1, dead: 2 }]);
  },
);

test("what the store did not take is told later", async () => {
  let isOut = true;
  world.close();
  world = createFleetWorld(() => (isOut ? { ...CLEAR, lost: "failed" } : CLEAR));
  const { governor } = world.join(null);
  governor.heard("a", DEAD);
  await world.advance(MINUTE_MS);
  isOut = false;
  await world.advance(1_000);
  expect(await told()).toEqual([{ accepted: 0, dead: 1 }]);
});

test("many dead addresses are told at once, and a few among many others with the heartbeat", async () => {
  const { governor } = world.join(null);
  governor.heard("a", DEAD);
  await world.advance(1_000);
  for (let index = 0; index < 900; index++) governor.heard("a", index % 10 === 0 ? DEAD : ACCEPTED);
  await world.advance(100);
  expect(await told()).toEqual([{ accepted: 0, dead: 1 }]);
  await world.advance(2_500);
  expect(await told()).toEqual([{ accepted: 810, dead: 91 }]);
  for (let index = 0; index < 50; index++) governor.heard("a", DEAD);
  await world.advance(100);
  expect(await told()).toEqual([{ accepted: 810, dead: 141 }]);
});

test("a wall clock that is set on by a day forgets nothing", async () => {
  let aheadMs = 0;
  const clock = { now: () => world.now() + aheadMs, steady: world.now, after: world.after };
  const log = createLog("sender", "silent");
  const fleet = { senders: world, id: "s", log, now: world.now, random: () => 0.5 };
  const governor = createGovernor(null, clock, { fleet });
  governor.heard("a", DEAD);
  await world.advance(1_000);
  aheadMs = 86_400_000;
  governor.heard("a", DEAD);
  await world.advance(10_000);
  expect(await told()).toEqual([{ accepted: 0, dead: 2 }]);
});
