import fc from "fast-check";
import { expect, test } from "vitest";
import { createFirestoreBroadcasts } from "../broadcasts/firestore.ts";
import { createSqliteBroadcasts } from "../broadcasts/sqlite.ts";
import { openDatabase } from "../sqlite/database.ts";
import { createClock } from "../testing/clock.ts";
import { describeOnEmulators } from "../testing/emulators.ts";
import { openFreshFirestore } from "../testing/firestore.ts";
import { makeBroadcast } from "../testing/records.ts";
import { runsOf } from "../testing/runs.ts";
import { type Call, type Called, calls, lookAt, make } from "./contract/calls.ts";
import { createFirestoreLedger } from "./firestore.ts";
import { createMemoryLedger } from "./memory.ts";
import { createGates, createSqliteLedger } from "./sqlite.ts";
import { LEDGER_TIMING as timing } from "./timing.ts";

/** A ledger in memory, and one in a data file, each with a clock of its own. */
function openBoth(): [memory: Called, sqlite: Called] {
  const open = (inMemory: boolean): Called => {
    const database = openDatabase(":memory:");
    const { now, advance } = createClock();
    const ledger = inMemory
      ? createMemoryLedger({ isGated: createGates(database), now, timing })
      : createSqliteLedger(database, timing, now);
    const close = async () => database.close();
    return { ledger, broadcasts: createSqliteBroadcasts(database), advance, close, epochs: new Map() };
  };
  return [open(true), open(false)];
}

function openOnEmulator(): Called {
  const firestore = openFreshFirestore();
  let skewMs = 0;
  return {
    ledger: createFirestoreLedger(firestore, timing, { skewMs: () => skewMs }),
    broadcasts: createFirestoreBroadcasts(firestore),
    async advance(ms) {
      skewMs += ms;
    },
    close: () => firestore.terminate(),
    epochs: new Map(),
  };
}

/** Spans of time are as long as half a lease, or several: a store with a clock of its own is a little later. */
const inHalves = (name: string, value: unknown) =>
  /Ms$/.test(name) && typeof value === "number" ? Math.round((2 * value) / timing.leaseMs) : value;
const simple = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null, inHalves));

async function expectAgreement(ledgers: Called[], made: Call[]): Promise<void> {
  try {
    for (const { broadcasts } of ledgers) await broadcasts.create(makeBroadcast("ledger"));
    for (const call of made) {
      const [first, ...others] = await Promise.all(ledgers.map(async (one) => simple(await make(one, call))));
      for (const other of others) expect(other, call[0]).toEqual(first);
    }
    const [first, ...others] = await Promise.all(ledgers.map(async (one) => simple(await lookAt(one))));
    for (const other of others) expect(other).toEqual(first);
  } finally {
    await Promise.all(ledgers.map((one) => one.close()));
  }
}

/** Ends a search for the smallest example that takes too long. */
const LIMITS = { interruptAfterTimeLimit: 40_000, markInterruptAsFailure: true };
const PROMISE = "of whatever is asked of them, in whatever order, all drivers give the same answers";

test(`${PROMISE}: in memory and on SQLite`, async () => {
  const property = fc.asyncProperty(calls, (made) => expectAgreement(openBoth(), made));
  await fc.assert(property, { numRuns: runsOf(400) });
});

describeOnEmulators("agreement", ["firestore"], () => {
  test(`${PROMISE}: on Firestore too`, async () => {
    const property = fc.asyncProperty(calls, (made) =>
      expectAgreement([openOnEmulator(), ...openBoth()], made),
    );
    await fc.assert(property, { numRuns: runsOf(16), ...LIMITS });
  });
});
