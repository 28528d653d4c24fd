import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSqliteBroadcasts } from "../broadcasts/sqlite.ts";
import { createQueue, insertCopies } from "../bus/sqlite-queue.ts";
import { TOPOLOGY } from "../bus/topology.ts";
import { rangeId } from "../domain/ids.ts";
import { createSqliteHealth } from "../health/sqlite.ts";
import { BROADCAST, chunkOf, claimChunk, openOf, plan, ROOT } from "../ledger/contract/steps.ts";
import { createSqliteLedger } from "../ledger/sqlite.ts";
import { makeSender } from "../senders/contract.ts";
import { createSqliteSenders } from "../senders/sqlite.ts";
import { createBoot, type TestBoot } from "../testing/boot.ts";
import { START } from "../testing/clock.ts";
import { createDataFile, type DataFile } from "../testing/data-file.ts";
import { makeBroadcast } from "../testing/records.ts";
import { enterBoot } from "./boot.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

let data: DataFile;
beforeEach(() => {
  data = createDataFile();
});
afterEach(() => data.close());

/** What a process has that opens the file in this boot. */
function enter(boot: TestBoot) {
  enterBoot(data.database, boot);
  const settings = {
    database: data.database,
    topology: TOPOLOGY,
    now: boot.now,
    wallNow: () => START,
    secondMs: 1_000,
  };
  return {
    ...boot,
    settings,
    ledger: createSqliteLedger(data.database, undefined, boot.now),
    senders: createSqliteSenders(data.database, boot.now),
    health: createSqliteHealth(data.database, boot.now),
    take: () => createQueue(settings, "sender.chunks").exchange([], 10),
  };
}
type Entered = ReturnType<typeof enter>;

/** Everything that can wait, and who holds it dies: chunks 0 to 3 are held, handed back, parked and never claimed. */
async function leaveWork({ ledger, senders, health, settings, take }: Entered): Promise<void> {
  const gates = { held: { reason: "test", by: "test", at: START } };
  await createSqliteBroadcasts(data.database).create(makeBroadcast("ledger", { gates }));
  await plan(ledger, [2, 2, 2, 2]);
  await claimChunk(ledger, chunkOf(0));
  const back = await claimChunk(ledger, chunkOf(1));
  await ledger.releaseChunk(chunkOf(1), back.epoch, openOf([0, 1]), HOUR_MS);
  const parked = await claimChunk(ledger, chunkOf(2));
  await ledger.parkChunk(chunkOf(2), parked.epoch, openOf([0, 1]));
  await senders.announce(makeSender("dead", 7));
  await health.noteTick();
  data.database.write(() => insertCopies(settings, "token-chunks", { data: "{}" }));
  expect(take()).toHaveLength(1);
}

const rows = (table: string) => data.database.sql(`SELECT * FROM ${table}`).all();
const TABLES = ["ranges", "chunks", "messages", "senders", "health", "boot"];
const everything = () => TABLES.map(rows);

/** What an earlier boot left is over, as a takeover finds it. */
async function expectLapsed({ ledger, senders, health, take, now }: Entered): Promise<void> {
  expect(await ledger.countHeld(BROADCAST)).toBe(0);
  const due = (await ledger.hints(10)).map(({ id }) => id);
  expect(due.toSorted()).toEqual([ROOT, chunkOf(0), chunkOf(1), chunkOf(3)].toSorted());
  expect(take()).toMatchObject([{ delivery: { attempt: 2 } }]);
  expect((await senders.look()).senders).toEqual([]);
  expect(await health.sinceTick()).toBe(now());
  const held = await claimChunk(ledger, chunkOf(0));
  expect({ repeats: held.chunk.possibleRepeats, ageMs: held.ageMs }).toEqual({ repeats: 2, ageMs: 0 });
  const back = await claimChunk(ledger, chunkOf(1));
  expect({ repeats: back.chunk.possibleRepeats, ageMs: back.ageMs }).toEqual({ repeats: 0, ageMs: 0 });
  expect(await ledger.claimChunk(chunkOf(2), "repeat")).toEqual({ kind: "parked" });
  expect(await ledger.claimRange(rangeId(BROADCAST, 0))).toMatchObject({ kind: "claimed", epoch: 2 });
}

describe("after a reboot", () => {
  test("everything that was held or waited moves at once, and takeovers count repeats", async () => {
    await leaveWork(enter(createBoot("first", 9 * DAY_MS)));
    await expectLapsed(enter(createBoot("second", 60_000)));
  });

  test("the same where the machine has been up longer than before", async () => {
    await leaveWork(enter(createBoot("first", 60_000)));
    await expectLapsed(enter(createBoot("second", 61_000)));
  });

  test("the same where the machine does not tell its boots apart", async () => {
    await leaveWork(enter(createBoot("", 9 * DAY_MS)));
    await expectLapsed(enter(createBoot("", 60_000)));
  });

  test.each([
    ["a tick", async ({ health }: Entered) => health.noteTick()],
    ["a sender", async ({ senders }: Entered) => senders.announce(makeSender("dead", 1))],
    ["a claim", async ({ ledger }: Entered) => void (await claimChunk(ledger, chunkOf(0)))],
  ])("%s in the future gives away a boot that has no name", async (_, act) => {
    const first = enter(createBoot("", 9 * DAY_MS));
    await plan(first.ledger, [1]);
    await act(first);
    const second = enter(createBoot("", 60_000));
    expect((await second.ledger.hints(10)).map(({ id }) => id).toSorted()).toEqual([ROOT, chunkOf(0)]);
  });
});

test("a file whose times are of the wall clock, as older versions wrote them, moves at once", async () => {
  await leaveWork(enter(createBoot("boot", START)));
  data.database.sql("DELETE FROM boot").run();
  await expectLapsed(enter(createBoot("boot", 9 * DAY_MS)));
});

test("so does one that a process of an older version wrote to after it was migrated", async () => {
  const boot = createBoot("boot", 9 * DAY_MS);
  enterBoot(data.database, boot);
  const older = createSqliteLedger(data.database, undefined, () => START);
  await plan(older, [1]);
  const { ledger } = enter(boot);
  expect((await ledger.hints(10)).map(({ id }) => id).toSorted()).toEqual([ROOT, chunkOf(0)]);
});

test.each(["boot", ""])("within the boot %j opening the file again changes nothing", async (id) => {
  const boot = createBoot(id, 9 * DAY_MS);
  await leaveWork(enter(boot));
  const before = everything();
  for (const ms of [0, 1, HOUR_MS, 3 * DAY_MS]) {
    await boot.advance(ms);
    enterBoot(data.database, boot);
  }
  expect(everything()).toEqual(before);
});

test("what is over or parked gets no hint by a reboot", async () => {
  const { ledger } = enter(createBoot("first", HOUR_MS));
  const epoch = await plan(ledger, [1]);
  const { epoch: chunkEpoch } = await claimChunk(ledger, chunkOf(0));
  await ledger.settleChunk(chunkOf(0), chunkEpoch, openOf([]));
  await ledger.closeRange(ROOT, epoch, { read: 0, withoutAddress: 0, late: 0 });
  expect(await enter(createBoot("second", HOUR_MS)).ledger.hints(10)).toEqual([]);
});
