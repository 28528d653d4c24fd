import type { OtherDriver, Senders } from "@fanfare/shared/senders";
import { createFirestoreSenders } from "@fanfare/shared/senders/firestore";
import { createSqliteSenders } from "@fanfare/shared/senders/sqlite";
import { openDatabase } from "@fanfare/shared/sqlite/database";
import { type Child, startChild } from "@fanfare/shared/testing/child";
import { createDataFile } from "@fanfare/shared/testing/data-file";
import { describeOnEmulators } from "@fanfare/shared/testing/emulators";
import { openFreshFirestore } from "@fanfare/shared/testing/firestore";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createLimits } from "./governor-limits.ts";
import { createShare } from "./governor-share.ts";

const LIMIT = 1_000;
const TURN = { lane: "normal", broadcast: "b" } as const;

/** One sender's part, without a heartbeat. */
function createSharer(senders: Senders, id: string, now: () => number) {
  const rules = { quotaPerMinute: LIMIT, alone: false, keepAwayMs: () => 0, rampMs: 1 };
  const limits = createLimits(rules, now());
  return {
    share: createShare(senders, id, limits, { now }),
    /** Attempts as often as it can, up to so many times. */
    attempt(most: number): void {
      for (let made = 0; made < most; made++) if (!limits.spend(TURN, now())) return;
    },
    uses: () => limits.meters.get("")?.shareAt(now()) ?? 0,
  };
}

type Sharer = ReturnType<typeof createSharer>;

const ROUNDING = 1e-6;
const inUse = (sharers: readonly Sharer[]) => sharers.reduce((sum, { uses }) => sum + uses(), 0);

/** A port of which each call waits until it is let through. */
function createGate(senders: Senders): { port: Senders; calls: (() => void)[] } {
  const calls: (() => void)[] = [];
  const pass = () => new Promise<void>((resolve) => calls.push(resolve));
  const port: Senders = {
    announce: (record) => pass().then(() => senders.announce(record)),
    look: () => pass().then(() => senders.look()),
  };
  return { port, calls };
}

const settled = () => new Promise(setImmediate);

interface Process {
  sharer: Sharer;
  calls: (() => void)[];
  /** The answer that it waits for, once it is there. */
  answer: { adopt?: () => boolean } | null;
}

/** Three senders whose steps come in any order, whose calls may be late or given up, and who die. */
function createScene() {
  const database = openDatabase(":memory:");
  let time = 0;
  let started = 0;
  const senders = createSqliteSenders(database, () => 1_800_000_000_000 + time);

  function start(): Process {
    const { port, calls } = createGate(senders);
    started += 1;
    return {
      sharer: createSharer(port, `s${(started * 5) % 7}-${started}`, () => time),
      calls,
      answer: null,
    };
  }

  const processes = [start(), start(), start()];

  const steps: Record<string, (process: Process, number: number, size: number) => void> = {
    begin(process, _, size) {
      if (process.answer) return;
      process.sharer.attempt(size);
      process.sharer.share.count();
      const answer: Process["answer"] = {};
      process.answer = answer;
      void process.sharer.share.exchange().then((adopt) => {
        answer.adopt = adopt;
      });
    },
    first: ({ calls }) => calls.shift()?.(),
    last: ({ calls }) => calls.pop()?.(),
    adopt(process) {
      if (!process.answer?.adopt) return;
      process.answer.adopt();
      process.answer = null;
    },
    giveUp(process) {
      process.answer = null;
    },
    withdraw(process) {
      process.answer = null;
      void process.sharer.share.withdraw();
    },
    wait(_, __, size) {
      time += size * 100;
    },
    die(_, number) {
      processes[number] = start();
    },
  };

  return {
    processes,
    steps,
    uses: () => inUse(processes.map(({ sharer }) => sharer)),
    close: () => database.close(),
  };
}

const WEIGHTS = { begin: 8, first: 24, last: 3, adopt: 12, giveUp: 1, withdraw: 1, wait: 2, die: 1 };
const NAMES = Object.entries(WEIGHTS).flatMap(([name, weight]) => Array<string>(weight).fill(name));

test("however the steps of three senders are mixed, together they never use more than the limit", async () => {
  const step = fc.tuple(fc.constantFrom(...NAMES), fc.nat(2), fc.nat(60));
  let most = 0;
  const property = fc.asyncProperty(
    fc.array(step, { minLength: 100, maxLength: 400, size: "max" }),
    async (all) => {
      const scene = createScene();
      for (const [name, number, size] of all) {
        scene.steps[name]?.(scene.processes[number] as Process, number, size);
        await settled();
        const uses = scene.uses();
        most = Math.max(most, uses);
        expect(uses).toBeLessThanOrEqual(LIMIT + ROUNDING);
      }
      scene.close();
    },
  );
  await fc.assert(property, { numRuns: 150 });
  expect(most).toBeGreaterThan(LIMIT * 0.99);
});

/** Five senders, by a clock of their own: in a short time a few attempts more or less would be taken for a change. */
async function race(createSenders: () => Senders): Promise<void> {
  let time = 0;
  const sharers = Array.from({ length: 5 }, (_, index) =>
    createSharer(createSenders(), `s${index}`, () => time),
  );
  const takePart = async ({ share, attempt }: Sharer, index: number) => {
    for (let round = 0; round < 15; round++) {
      attempt((round * 7 + index * 13) % 40);
      share.count();
      const adopt = await share.exchange();
      time += 50;
      adopt();
      expect(inUse(sharers)).toBeLessThanOrEqual(LIMIT + ROUNDING);
      if ((round + index) % 6 === 5) await share.withdraw();
    }
  };
  await Promise.all(sharers.map(takePart));

  // From now on everybody wants all there is, and looks in turn. As no part of an attempt can be used, it takes long.
  const isFair = ({ uses }: Sharer) => Math.abs(uses() - LIMIT / sharers.length) < 1;
  for (let round = 0; round < 200 && !sharers.every(isFair); round++) {
    for (const { share } of sharers) {
      for (let step = 0; step < 10; step++) {
        time += 100;
        for (const { attempt } of sharers) attempt(LIMIT);
      }
      share.count();
      (await share.exchange())();
    }
  }
  expect(sharers.map(isFair)).toEqual([true, true, true, true, true]);
}

test("five senders on one data file divide the limit, and agree", async () => {
  const data = createDataFile();
  await race(() => createSqliteSenders(data.database));
  await data.close();
});

describeOnEmulators("senders on Firestore", ["firestore"], () => {
  test("five senders divide the limit, and agree", async () => {
    const firestore = openFreshFirestore();
    await race(() => createFirestoreSenders(firestore));
    await firestore.terminate();
  });
});

/** Divides a limit with other processes, and tells from when until when it used how much of it. */
const rival = `
import { createSqliteSenders } from "${import.meta.resolve("@fanfare/shared/senders/sqlite")}";
import { openDatabase } from "${import.meta.resolve("@fanfare/shared/sqlite/database")}";
import { createLimits } from "${new URL("./governor-limits.ts", import.meta.url)}";
import { createShare } from "${new URL("./governor-share.ts", import.meta.url)}";
const { file, id, limit, rounds } = JSON.parse(process.argv[1]);
const database = openDatabase(file);
// The same for all processes of a machine.
const now = () => Number(process.hrtime.bigint() / 1000n) / 1000;
const limits = createLimits({ quotaPerMinute: limit, alone: false, keepAwayMs: () => 0, rampMs: 1 }, now());
const share = createShare(createSqliteSenders(database), id, limits, { now });
const uses = () => limits.meters.get("").shareAt(now());
const spans = [];
process.once("message", async () => {
  for (let round = 0; round < rounds; round++) {
    for (let made = 0; made < (round * 7) % 50 && limits.spend({ lane: "normal", broadcast: "b" }, now()); made++);
    share.count();
    const exchange = share.exchange();
    const kept = { from: now(), share: uses() };
    const adopt = await exchange;
    spans.push({ ...kept, to: now() });
    adopt();
    const grown = { from: now(), share: uses() };
    await new Promise(setImmediate);
    spans.push({ ...grown, to: now() });
    if (round % 9 === 8) await share.withdraw();
  }
  process.send(spans);
  database.close();
  process.disconnect();
});
process.send("ready");
`;

test("four processes on one data file never use more than the limit at any moment", async () => {
  const data = createDataFile();
  const ids = ["a", "b", "c", "d"];
  const children: Child[] = ids.map((id) =>
    startChild(rival, { file: data.file, id, limit: LIMIT, rounds: 150 }),
  );
  await Promise.all(children.map((child) => child.told(1)));
  for (const child of children) child.send("go");
  type Span = { from: number; to: number; share: number };
  const told = await Promise.all(children.map((child) => child.told(2)));
  const spans = told.map(([, list]) => list as Span[]);
  expect(spans.map(({ length }) => length)).toEqual(ids.map(() => 300));
  const usedAt = (moment: number) =>
    spans
      .map((list) => list.find((span) => span.from <= moment && moment < span.to)?.share ?? 0)
      .reduce((sum, share) => sum + share, 0);
  const most = Math.max(...spans.flat().map(({ from }) => usedAt(from)));
  expect(most).toBeLessThanOrEqual(LIMIT + ROUNDING);
  // Together, as how much of it one process gets depends on how the machine lets them take turns.
  expect(most).toBeGreaterThan(LIMIT / 2);
  await Promise.all(children.map((child) => child.ended));
  await data.close();
});

test("a driver of HTTP/2 that is not ours is told with the next record, by a sender without a limit as well", async () => {
  const database = openDatabase(":memory:");
  const senders = createSqliteSenders(database, () => 0);
  const rules = { quotaPerMinute: null, alone: false, keepAwayMs: () => 0, rampMs: 1 };
  let driver: OtherDriver | undefined;
  const clock = { now: () => 0 };
  const share = createShare(senders, "s", createLimits(rules, 0), clock, undefined, () => driver);
  await share.exchange();
  expect((await senders.look()).senders).toEqual([]);
  driver = { name: "node", since: 5, cause: "goaway:PROTOCOL_ERROR" };
  await share.exchange();
  expect((await senders.look()).senders).toMatchObject([{ id: "s", driver }]);
  database.close();
});
