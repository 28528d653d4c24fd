import type { WireRequest } from "@fanfare/shared/events/broadcast-requests";
import type { FaultsPatch } from "@fanfare/simulator";
import { afterEach, describe, expect, test } from "vitest";
import { findImbalances } from "./testing/balance.ts";
import { type Pipeline, startPipeline } from "./testing/pipeline.ts";
import { type Device, makePopulation } from "./testing/population.ts";

const DAY_MS = 86_400_000;

/** Answers that lie, and answers that never come. */
const FAULTS: FaultsPatch = {
  error503: 0.03,
  error503After: 0.03,
  error500: 0.01,
  error429: 0.01,
  retryAfterSeconds: 0,
  drop: 0.01,
};
const CODES: Record<string, string> = {
  dead: "UNREGISTERED",
  foreign: "SENDER_ID_MISMATCH",
  malformed: "INVALID_ARGUMENT",
};
const POPULATION = makePopulation(3_000, Date.now() - DAY_MS);
/** Every ninth user, and some who have no device. */
const LISTED = Array.from({ length: 200 }, (_, index) => `users/u${index * 9}`);

let pipeline: Pipeline;
afterEach(() => pipeline.close());

async function start(faults: FaultsPatch = FAULTS): Promise<void> {
  pipeline = await startPipeline(faults);
  await pipeline.registrations.put(POPULATION.map(({ document }) => document));
}

function request(fields: Partial<WireRequest> = {}): WireRequest {
  const content = { title: "Hello", text: "World" };
  return { caller: "e2e", idempotencyKey: "one", content, audience: "all", ...fields };
}

/** Sends, waits for the end, and judges the ledger by the simulator's own log. */
async function expectBalanced(sent: WireRequest, isIn: (device: Device) => boolean) {
  const { id } = await pipeline.submit(sent);
  const { books } = await pipeline.finished(id);
  const chunks = await Array.fromAsync(pipeline.ledger.chunks(id));
  const log = [...pipeline.simulator.control.log(id)];
  const lines = new Map(log.map((line) => [line.address, line]));
  const natures = new Map(POPULATION.map(({ document, nature }) => [document.address, nature]));
  const reached = POPULATION.filter((device) => isIn(device) && device.document.address !== null);
  const audience = new Set(reached.map(({ document }) => String(document.address)));
  if (!books) throw new Error("a finished broadcast has books");
  const imbalances = findImbalances(chunks, books, {
    audience,
    acceptedOf: (address) => lines.get(address)?.accepted ?? 0,
    codesOf: (address) => [CODES[natures.get(address) ?? ""] ?? ""],
  });
  expect(imbalances).toEqual([]);
  expect(
    [...lines.keys()].filter((address) => !audience.has(address)),
    "nobody else was sent to",
  ).toEqual([]);
  expect(pipeline.simulator.control.stats(id).shownTwice).toBe(0);
  return { id, books, audience };
}

/** Documents that are still there, by path. */
async function remaining(): Promise<string[]> {
  const owners = [...new Set(POPULATION.map(({ user }) => user))];
  return (await pipeline.registrations.readOwned(owners)).map(({ path }) => path).toSorted();
}

describe("the books balance with FCM's own log, address by address, for", () => {
  const audiences: [string, WireRequest["audience"], (device: Device) => boolean][] = [
    ["everybody", "all", () => true],
    ["Android", { platforms: ["android"] }, ({ platform }) => platform === "android"],
    ["iOS", { platforms: ["ios"] }, ({ platform }) => platform === "ios"],
    ["listed users", { users: LISTED }, ({ user }) => LISTED.includes(user)],
    [
      "listed users on Android and the web",
      { users: LISTED, platforms: ["android", "web"] },
      ({ user, platform }) => LISTED.includes(user) && (platform === "android" || platform === "web"),
    ],
  ];
  test.each(audiences)("%s", async (_, audience, isIn) => {
    await start();
    const { id, books, audience: addresses } = await expectBalanced(request({ audience }), isIn);
    expect(books.resolved).toBe(addresses.size);
    const dead = new Set(
      POPULATION.filter(({ nature }) => nature === "dead" || nature === "malformed").flatMap(
        ({ document }) =>
          document.address !== null && addresses.has(document.address) ? [document.address] : [],
      ),
    );
    const alive = POPULATION.filter(({ document }) => !dead.has(document.address ?? ""));
    expect(await remaining(), "exactly what FCM calls dead is pruned").toEqual(
      alive.map(({ document }) => document.path).toSorted(),
    );
    expect(await pipeline.registrations.countPruned(id)).toBe(POPULATION.length - alive.length);
  });
});

test("with onCrash miss nobody is sent to twice, and who may have been reached is unknown", async () => {
  await start({ ...FAULTS, error503After: 0.2 });
  const { id, books } = await expectBalanced(request({ onCrash: "miss" }), () => true);
  expect(books.possibleRepeats).toBe(0);
  expect(books.unknown).toBeGreaterThan(300);
  const lines = [...pipeline.simulator.control.log(id)];
  expect(lines.filter(({ accepted }) => accepted > 1)).toEqual([]);
  const unsure = (answer: string) => answer.startsWith("5") || answer === "dropped";
  expect(lines.filter(({ answers }) => answers.slice(0, -1).some(unsure))).toEqual([]);
});

test("a request that comes again while it is sent, and after, is one broadcast", async () => {
  await start({});
  const answers = await Promise.all([1, 2, 3].map(() => pipeline.submit(request())));
  const { id } = await expectBalanced(request(), () => true);
  expect(new Set([...answers.map((answer) => answer.id), (await pipeline.submit(request())).id])).toEqual(
    new Set([id]),
  );
  expect(pipeline.simulator.control.stats().repeats).toBe(0);
});

test("a broadcast for later waits for its time, and the tick releases it", async () => {
  let now = 1_900_000_000_000;
  pipeline = await startPipeline({}, () => now);
  await pipeline.registrations.put(POPULATION.slice(0, 50).map(({ document }) => document));
  const at = new Date(now + DAY_MS).toISOString();
  const later = await pipeline.submit(request({ idempotencyKey: "later", at }));
  // Another that is sent meanwhile shows that ticks came and went.
  const first = await pipeline.submit(request({ idempotencyKey: "now" }));
  await pipeline.finished(first.id);
  now += DAY_MS - 1;
  const second = await pipeline.submit(request({ idempotencyKey: "nearly" }));
  await pipeline.finished(second.id);
  expect(await pipeline.broadcasts.get(later.id)).toMatchObject({ phase: "scheduled", releasedAt: null });
  expect(pipeline.simulator.control.stats(later.id).attempts).toBe(0);
  now += 1;
  expect(await pipeline.finished(later.id)).toMatchObject({ phase: "succeeded", releasedAt: now });
  expect(pipeline.simulator.control.stats(later.id).accepted).toBeGreaterThan(30);
});
