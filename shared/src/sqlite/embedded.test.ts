import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { describeHealthContract } from "../health/contract.ts";
import { readEnvironment } from "../hosting/environment.ts";
import { BROADCAST, chunkOf, claimChunk, plan } from "../ledger/contract/steps.ts";
import { describeLedgerContract } from "../ledger/contract.ts";
import { LEDGER_TIMING } from "../ledger/timing.ts";
import { describeRegistrationsContract } from "../registrations/contract.ts";
import { describeSendersContract } from "../senders/contract.ts";
import { createBoot } from "../testing/boot.ts";
import { createFolder } from "../testing/folder.ts";
import { shiftDate } from "../testing/shift-date.ts";
import type { Boot } from "./boot-clock.ts";
import { embeddedSettings, openEmbedded } from "./embedded.ts";

const QUARTER_MS = 15 * 60_000;
const DAY_MS = 86_400_000;
const { leaseMs } = LEDGER_TIMING;

/**
 * One machine's store, as services open it. Its boot clock stands still until it is moved; its wall clock is `shiftMs`
 * off, and steps by one of `steps` after the other whenever time goes on.
 */
function openMachine(
  shiftMs: number,
  steps: readonly number[] = [],
  { leaseMs, neverClaimedMs } = LEDGER_TIMING,
) {
  const folder = createFolder();
  const boot = createBoot("boot", 3_600_000);
  const date = shiftDate(shiftMs);
  const environment = {
    FANFARE_DATA: folder.path,
    FANFARE_LEASE_SECONDS: String(leaseMs / 1_000),
    FANFARE_NEVER_CLAIMED_SECONDS: String(neverClaimedMs / 1_000),
  };
  const reopen = (boot: Boot) =>
    openEmbedded(readEnvironment(z.object(embeddedSettings), environment), undefined, boot);
  const store = reopen(boot);
  let turn = 0;
  return {
    ...store,
    date,
    reopen,
    async advance(ms: number) {
      date.step(ms + (steps[turn++ % steps.length] ?? 0));
      await boot.advance(ms);
    },
    async close() {
      date[Symbol.dispose]();
      await store.close();
      folder.remove();
    },
  };
}

test("a machine that was started again finds free what it held before", async () => {
  const before = openMachine(0);
  await plan(before.ledger, [2]);
  await claimChunk(before.ledger, chunkOf(0));
  const after = before.reopen(createBoot("the next boot", 60_000));
  expect(await after.ledger.countHeld(BROADCAST)).toBe(0);
  expect((await claimChunk(after.ledger, chunkOf(0))).chunk.possibleRepeats).toBe(2);
  await after.close();
  await before.close();
});

const STEPS = [-QUARTER_MS, DAY_MS, -DAY_MS - QUARTER_MS, QUARTER_MS];
const SHIFTS: [string, number][] = [
  ["a day ahead", DAY_MS],
  ["a quarter of an hour behind", -QUARTER_MS],
];

describe("a wall clock that steps back and forward all the time", () => {
  describeLedgerContract("SQLite", async (timing) => openMachine(0, STEPS, timing));
  describeSendersContract("SQLite", async () => openMachine(0, STEPS));
});

describe.each(SHIFTS)("a wall clock that is %s", (_, shiftMs) => {
  describeHealthContract("SQLite", async () => openMachine(shiftMs));
  describeRegistrationsContract("SQLite", async () => {
    const machine = openMachine(shiftMs);
    return { ...machine, now: () => Date.now(), addUsers: async () => {} };
  });
});

describe.each([
  ["set back a quarter of an hour", -QUARTER_MS],
  ["set forward by an hour", 4 * QUARTER_MS],
])("the clock %s", (_, stepMs) => {
  let machine: ReturnType<typeof openMachine>;
  beforeEach(async () => {
    machine = openMachine(0);
    await plan(machine.ledger, [2]);
  });
  afterEach(() => machine.close());

  const claimKind = async () => (await machine.ledger.claimChunk(chunkOf(0), "repeat")).kind;

  test("and the holder dead: the work is free again after a lease, and hinted at", async () => {
    await claimChunk(machine.ledger, chunkOf(0));
    machine.date.step(stepMs);
    await machine.advance(leaseMs);
    expect((await machine.ledger.hints(10)).map(({ id }) => id)).toContain(chunkOf(0));
    expect(await claimKind()).toBe("claimed");
  });

  test("and the holder alive: nobody takes its work, and a stop still waits for it", async () => {
    await claimChunk(machine.ledger, chunkOf(0));
    machine.date.step(stepMs);
    await machine.advance(leaseMs - 1);
    expect(await claimKind()).toBe("leased-elsewhere");
    expect(await machine.ledger.countHeld(BROADCAST)).toBe(1);
    expect((await machine.ledger.openWork(BROADCAST, 10)).map(({ leaseLeftMs }) => leaseLeftMs)).toEqual([
      1, 1,
    ]);
  });

  test("a message that was published is there, and the tick is as old as it is", async () => {
    await machine.health.noteTick();
    machine.date.step(stepMs);
    await machine.advance(20_000);
    expect(await machine.health.sinceTick()).toBe(20_000);
    await machine.bus.publish("token-chunks", [{ data: "{}" }]);
    machine.date.step(-stepMs);
    const { promise: taken, resolve } = Promise.withResolvers<string>();
    machine.bus.subscribe("sender.chunks", 1, async ({ data }) => {
      resolve(data);
      return "ack";
    });
    expect(await taken).toBe("{}");
  });
});
