import { inStore, makeFolder } from "@fanfare/local/testing/folder";
import { hold } from "@fanfare/shared/broadcasts/hold";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import { chunkId, rangeId } from "@fanfare/shared/domain/ids";
import { PRUNING_HINT_MS } from "@fanfare/shared/domain/phases";
import { examine } from "@fanfare/shared/operations/doctor/examine";
import type { Check, Finding } from "@fanfare/shared/operations/doctor/finding";
import { pause } from "@fanfare/shared/operations/pause";
import { START } from "@fanfare/shared/testing/clock";
import { makeBroadcast, makeMembers } from "@fanfare/shared/testing/records";
import { createStore, type TestStore } from "@fanfare/shared/testing/store";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fanfare } from "./testing/fanfare.ts";

const MINUTE_MS = 60_000;
const NO_COUNTS = { read: 0, withoutAddress: 0, late: 0 };
const { id: ID } = makeBroadcast("patient");
const ROOT = rangeId(ID, 0);

let store: TestStore;
beforeEach(() => {
  store = createStore();
});
afterEach(() => store.close());

const create = (fields: Partial<Broadcast> = {}) => store.broadcasts.create(makeBroadcast("patient", fields));

/** What a check finds, on a clock that ticks to the end. */
async function found(check: Check): Promise<Finding[]> {
  await store.health.noteTick();
  const findings = await examine({ ...store, now: store.now(), patienceMs: 30_000, clockHelp: "start it" });
  return findings.filter((one) => one.check === check);
}

async function claimRoot(): Promise<number> {
  const claim = await store.ledger.claimRange(await store.ledger.openRoot(ID));
  if (claim.kind !== "claimed") throw new Error(claim.kind);
  return claim.epoch;
}

test("of a well installation each check says so", async () => {
  await store.health.noteTick();
  const findings = await examine({ ...store, now: START, patienceMs: 30_000, clockHelp: "" });
  expect(findings.filter(({ ok }) => !ok)).toEqual([]);
  const checks = findings.map(({ check }) => check);
  expect(new Set(checks).size).toBe(14);
  expect(checks).toHaveLength(14);
});

describe("the clock", () => {
  const examined = async () =>
    (await examine({ ...store, now: store.now(), patienceMs: 30_000, clockHelp: "start it" }))[0];

  test("that never ticked, or not for long, is told with what to do", async () => {
    expect(await examined()).toEqual({
      check: "clock",
      ok: false,
      message: "no tick has ever gone through",
      doThis: "start it",
    });
    await store.health.noteTick();
    await store.advance(30_000);
    expect(await examined()).toEqual({
      check: "clock",
      ok: true,
      message: "the last tick went through 30 s ago",
    });
    await store.advance(1);
    expect(await examined()).toMatchObject({ ok: false, doThis: "start it" });
  });

  test("is told by the store: a reader whose own clock was set back finds the same", async () => {
    await store.health.noteTick();
    await store.advance(30_001);
    const now = store.now() - 15 * MINUTE_MS;
    const [finding] = await examine({ ...store, now, patienceMs: 30_000, clockHelp: "start it" });
    expect(finding).toMatchObject({ check: "clock", ok: false, doThis: "start it" });
  });

  test("that was set is told of for a day, with which way, by how much and whose it was", async () => {
    await store.health.noteClockStep({ service: "sender", stepMs: -7_200_000 });
    await store.advance(1_000);
    await store.health.noteClockStep({ service: "scheduler", stepMs: 900_000 });
    const [forward, back] = await found("clock steps");
    const [earlier, later] = [START, START + 1_000].map((at) => new Date(at).toISOString());
    expect(forward).toEqual({
      check: "clock steps",
      ok: false,
      message: `the clock of the scheduler stepped forward by 15 min at ${later}: it was set, or the machine slept`,
      doThis: expect.stringContaining("NTP"),
    });
    expect(back?.message).toContain(`sender stepped back by 2 h at ${earlier}`);
    await store.advance(3_600_000);
    expect(await found("clock steps"), "one is an hour old").toMatchObject([{ ok: false }, { ok: true }]);
    await store.advance(82_800_000);
    expect(await found("clock steps")).toEqual([
      { check: "clock steps", ok: true, message: forward?.message },
    ]);
    await store.advance(1);
    expect(await found("clock steps")).toMatchObject([{ message: "no clock stepped in the last day" }]);
  });

  test("is why a broadcast that is due is not released", async () => {
    await create({ phase: "scheduled", releasedAt: null });
    await store.advance(29_999);
    expect(await found("due")).toMatchObject([{ ok: true }]);
    await store.advance(1);
    const message = `was due at ${new Date(START).toISOString()} and is not released`;
    expect(await found("due")).toMatchObject([{ ok: false, about: ID, message }]);
  });

  test("is why work that fell due is not announced", async () => {
    await create();
    await store.ledger.openRoot(ID);
    await store.advance(12 * MINUTE_MS - 1);
    expect(await found("work")).toMatchObject([{ ok: true }]);
    await store.advance(1);
    const message = "ranges and chunks that were due for 2 min, and nobody was told: 1";
    expect(await found("work")).toMatchObject([{ ok: false, message }]);
  });
});

describe("a debt", () => {
  test.each<[Partial<Broadcast>, string]>([
    [{ owes: ["due"] }, "the resolver was not told of it, for 61 s"],
    [{ owes: ["unpark"] }, "its parked chunks were not taken up again, for 61 s"],
    [
      { owes: ["close"], gates: { cancelled: { by: "ada", at: START } } },
      "it is cancelled, and not all of it has been ended, for 61 s",
    ],
    [
      { owes: ["finished"], phase: "succeeded", finishedAt: START },
      "nobody was told that it has finished, for 61 s",
    ],
    [
      { owes: ["prune"], phase: "succeeded", finishedAt: START, pruning: { state: "owed" } },
      "its dead addresses are not deleted, for 61 s",
    ],
  ])("%j is old after a minute", async (fields, message) => {
    await create(fields);
    await store.advance(MINUTE_MS);
    expect(await found("debts")).toMatchObject([{ ok: true }]);
    await store.advance(1_000);
    expect(await found("debts")).toMatchObject([{ ok: false, about: ID, message }]);
  });

  test("made by a clock that was ahead is told of, and not left for later", async () => {
    await create({ owes: ["finished"], phase: "succeeded", finishedAt: START + 60 * MINUTE_MS });
    const message = "nobody was told that it has finished, since a time that is still to come";
    expect(await found("debts")).toMatchObject([{ ok: false, about: ID, message }]);
  });

  test("of a pruning that goes on is none to tell of", async () => {
    const pruning = { state: "owed" as const, cursor: "c", hintAt: START + PRUNING_HINT_MS };
    await create({ owes: ["prune"], phase: "succeeded", finishedAt: START, pruning });
    await store.advance(PRUNING_HINT_MS);
    expect(await found("debts")).toMatchObject([{ ok: true }]);
    await store.advance(MINUTE_MS + 1);
    expect(await found("debts")).toMatchObject([{ ok: false }]);
  });
});

describe("dead letters", () => {
  const note = (messageId: string, subscription: string, about?: string) =>
    store.health.noteDeadLetter({ messageId, subscription, reason: "NOT_JSON: no", about });

  test.each([
    ["scheduler.requests", undefined, "its caller was told"],
    ["resolver.ranges", ROOT, "tries it again"],
    ["sender.chunks", chunkId(ROOT, 0), `fanfare failures ${ID}`],
    ["sender.chunks", undefined, "names nothing of Fanfare's"],
    ["sender.prune", ID, "asks for the pruning again"],
  ])(
    "of %s about %s are told with their reason and what became of them",
    async (subscription, about, become) => {
      await note("m", subscription, about);
      const [letter] = await found("dead letters");
      expect(letter).toMatchObject({ ok: false, doThis: expect.stringContaining(become) });
      expect(letter?.about).toBe(about);
      expect(letter?.message).toContain(`message to ${subscription}`);
      expect(letter?.message).toContain("NOT_JSON: no");
    },
  );

  test("of the last day are told, the latest five by name", async () => {
    for (let index = 0; index < 8; index++) {
      await note(`m${index}`, "sender.prune", index === 0 ? undefined : ID);
      await store.advance(1);
    }
    const letters = await found("dead letters");
    expect(letters).toHaveLength(6);
    expect(letters.at(-1)?.message).toBe("3 others in the last day");
    await store.advance(86_400_000);
    expect(await found("dead letters")).toMatchObject([{ ok: true }]);
  });
});

describe("a broadcast", () => {
  test("that is held or paused waits for a person, who is told how", async () => {
    await create();
    await hold(store.broadcasts, ID, "FCM refuses the payload", "sender", START);
    await pause(store, ID, { by: "ada" });
    const since = new Date(START).toISOString();
    expect(await found("held")).toEqual([
      {
        check: "held",
        ok: false,
        about: ID,
        message: `is held since ${since} by sender: FCM refuses the payload`,
        doThis: `mend the cause, then fanfare resume ${ID} --held; or fanfare cancel ${ID}`,
      },
    ]);
    expect(await found("paused")).toMatchObject([
      { ok: false, about: ID, message: `is paused since ${since} by ada` },
    ]);
  });

  test("is one of two with one fault, which is told once", async () => {
    const gates = { held: { reason: "no", by: "sender", at: START } };
    for (const name of ["patient", "other"]) await store.broadcasts.create(makeBroadcast(name, { gates }));
    expect(await found("held")).toMatchObject([
      { message: expect.stringMatching(/^2 broadcasts are held /) },
    ]);
  });

  test("that is paused before its time is told of too", async () => {
    await create({ phase: "scheduled", releasedAt: null, dueAt: START + MINUTE_MS });
    await pause(store, ID, { by: "ada" });
    expect(await found("paused")).toMatchObject([{ ok: false, about: ID }]);
  });

  test("that stands still is told with why, unless it is to", async () => {
    const standstill = { mark: "m", at: START, lookedAt: START, why: "nobody sends" };
    await create({ standstill });
    const message = `stands still since ${new Date(START).toISOString()}: nobody sends`;
    expect(await found("stuck")).toMatchObject([{ ok: false, about: ID, message }]);
    await pause(store, ID, { by: "ada" });
    expect(await found("stuck")).toMatchObject([{ ok: true }]);
  });

  test("whose holders died long ago is told of, by service", async () => {
    await create();
    const epoch = await claimRoot();
    const page = { from: "", cursor: "z", chunks: [makeMembers(1)], counts: NO_COUNTS, published: 0 };
    await store.ledger.addPage(ROOT, epoch, page);
    await store.ledger.claimChunk(chunkId(ROOT, 0), "repeat");
    await store.advance(150_000);
    await store.ledger.hinted(await store.ledger.hints(10));
    expect(await found("work")).toMatchObject([{ ok: true }]);
    await store.advance(1);
    expect(await found("work")).toMatchObject([
      { about: ID, message: "has ranges whose resolver died more than 2 min ago: 1" },
      { about: ID, message: "has chunks whose sender died more than 2 min ago: 1" },
    ]);
  });

  test("of which a part could not be read is told of, unless it is cancelled", async () => {
    await create();
    await store.ledger.openRoot(ID);
    await store.ledger.buryRange(ROOT, 0, 70);
    const message = "leaves about 70 registrations out, as they could not be read";
    expect(await found("unread")).toMatchObject([{ ok: false, about: ID, message }]);
    const stored = (await store.broadcasts.get(ID)) as Broadcast;
    await store.broadcasts.replace({ ...stored, gates: { cancelled: { by: "ada", at: START } } });
    expect(await found("unread")).toMatchObject([{ ok: true }]);
  });
});

describe("the command", () => {
  test("says in lines what is well and what is not, and its exit code tells", async () => {
    const folder = makeFolder();
    await inStore(folder, async ({ health }) => health.noteTick());
    const well = await fanfare(["doctor", "--data", folder]);
    expect(well).toMatchObject({ code: 0, stderr: "" });
    expect(well.stdout).toMatch(/^ok clock: the last tick went through \d+ s ago\n(ok .*\n){13}$/);
    const standstill = { mark: "m", at: START, lookedAt: START, why: "nobody sends" };
    await inStore(folder, ({ broadcasts }) => broadcasts.create(makeBroadcast("patient", { standstill })));
    const ill = await fanfare(["doctor", "--data", folder]);
    expect(ill.code).toBe(1);
    const line = `!! stuck: ${ID} stands still since ${new Date(START).toISOString()}: nobody sends — `;
    expect(ill.stdout).toContain(`\n${line}`);
    const status = await fanfare(["status", ID, "--data", folder]);
    expect(status.stdout).toContain("running, stands still since");
  });

  test("gives a program one object", async () => {
    const folder = makeFolder();
    await inStore(folder, async () => undefined);
    const { code, stdout } = await fanfare(["doctor", "--json", "--data", folder]);
    expect(code).toBe(1);
    const { ok, findings } = JSON.parse(stdout);
    expect({ ok, count: findings.length }).toEqual({ ok: false, count: 14 });
    expect(findings[0]).toMatchObject({ check: "clock", ok: false, doThis: expect.any(String) });
  });
});
