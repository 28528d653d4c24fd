import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { planPages } from "../domain/plan-chunks.ts";
import { openDatabase } from "../sqlite/database.ts";
import { MIGRATIONS } from "../sqlite/schema.ts";
import { type Clock, createClock, START } from "../testing/clock.ts";
import { createDataFile, type DataFile } from "../testing/data-file.ts";
import { createFolder } from "../testing/folder.ts";
import { makeDocument } from "../testing/records.ts";
import { readAddresses, readAll } from "./contract/read.ts";
import type { Registrations } from "./index.ts";
import { createSqliteRegistrations } from "./sqlite.ts";

const DAY_MS = 86_400_000;
const EVERYTHING = { after: "", upTo: null };
const OWNER = "users/u";

let data: DataFile;
let clock: Clock;
let registrations: Registrations;
beforeEach(() => {
  data = createDataFile();
  clock = createClock();
  registrations = createSqliteRegistrations(data.database, clock.now);
});
afterEach(() => data.close());

async function countLate(asOf: number): Promise<[members: number, late: number]> {
  const pages = await Array.fromAsync(planPages(registrations.read(EVERYTHING, undefined), asOf));
  const members = pages.flatMap(({ chunks }) => chunks.flat()).length;
  return [members, pages.reduce((sum, { counts }) => sum + counts.late, 0)];
}

async function prune(broadcast: string, notSince: number): Promise<void> {
  const dead = [{ address: "dead", kind: "token" as const, code: "UNREGISTERED" }];
  await registrations.prune({ broadcast, notSince, dead });
}

const register = () =>
  registrations.register({ owner: OWNER, address: "dead", kind: "token", deviceType: "iOS" });
const put = () => registrations.put([makeDocument("u", "dead")]);

describe("who comes late does not depend on the clock:", () => {
  const hundred = () =>
    Array.from({ length: 100 }, (_, index) =>
      makeDocument("u", `a${index}`, { path: `users/u${index}/fcm_tokens/t` }),
    );

  test("registrations imported while it was a day ahead are all there after it was set right", async () => {
    await clock.advance(DAY_MS);
    await registrations.put(hundred());
    await clock.advance(-DAY_MS);
    const asOf = await registrations.moment();
    expect(await countLate(asOf)).toEqual([100, 0]);
    await register();
    expect(await countLate(asOf), "one that comes then is late").toEqual([100, 1]);
  });

  test("registrations from before a release by a clock that was behind are all there when it is right again", async () => {
    await registrations.put(hundred());
    await clock.advance(-900_000);
    const asOf = await registrations.moment();
    await clock.advance(901_000);
    await register();
    expect(await countLate(asOf)).toEqual([100, 1]);
  });
});

describe.each([
  ["registered", register],
  ["imported", put],
])("a dead address that is %s again", (_, write) => {
  test("after a release by a clock that was ahead is not deleted", async () => {
    await put();
    await clock.advance(DAY_MS);
    const asOf = await registrations.moment();
    await clock.advance(-DAY_MS + 1_000);
    await write();
    await prune("ahead", asOf);
    expect(await readAddresses(registrations)).toEqual(["dead"]);
  });

  test("before a release, by a clock that was ahead, is deleted as any other", async () => {
    await clock.advance(DAY_MS);
    await write();
    await clock.advance(-DAY_MS + 1_000);
    await prune("right", await registrations.moment());
    expect(await readAddresses(registrations)).toEqual([]);
  });

  test("in the very millisecond of the release is not deleted", async () => {
    await put();
    const asOf = await registrations.moment();
    await write();
    await prune("b", asOf);
    expect(await readAddresses(registrations)).toEqual(["dead"]);
  });
});

test("what was restored after the clock was set right is not pruned again by the same broadcast", async () => {
  await put();
  await clock.advance(DAY_MS);
  const asOf = await registrations.moment();
  await prune("b", asOf);
  await clock.advance(-DAY_MS);
  await Array.fromAsync(registrations.restore("b"));
  await prune("b", asOf);
  expect(await readAddresses(registrations)).toEqual(["dead"]);
});

/** A device registers or is imported, a moment is taken, or the clock steps by so much. */
type Happening = { what: "register" | "put"; device: number } | { what: "moment" } | { step: number };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ what: fc.constantFrom("register" as const, "put" as const), device: fc.nat(4) }),
  fc.constant({ what: "moment" as const }),
  fc.record({ step: fc.constantFrom(0, 1, 1_000, -1_000, -900_000, DAY_MS, -DAY_MS) }),
);

test("the order of writings and moments is kept, however the clock steps", async () => {
  const play = async (happenings: readonly Happening[]) => {
    const file = createDataFile();
    const wall = createClock();
    const some = createSqliteRegistrations(file.database, wall.now);
    const first = new Map<number, number>();
    const moments: { index: number; asOf: number }[] = [];
    for (const [index, one] of happenings.entries()) {
      if ("step" in one) await wall.advance(one.step);
      else if (one.what === "moment") moments.push({ index, asOf: await some.moment() });
      else {
        const { device } = one;
        if (!first.has(device)) first.set(device, index);
        const [owner, address] = [`users/u${device}`, `a${device}`];
        if (one.what === "put") await some.put([makeDocument(`u${device}`, address)]);
        else await some.register({ owner, address, kind: "token", deviceType: "web" });
      }
    }
    const documents = await readAll(some);
    for (const { index, asOf } of moments)
      for (const [device, at] of first) {
        const own = documents.filter(({ address }) => address === `a${device}`);
        expect(own.every(({ createdAt }) => createdAt > asOf)).toBe(at > index);
      }
    await file.close();
  };
  await fc.assert(fc.asyncProperty(fc.array(happening, { maxLength: 25 }), play), { numRuns: 100 });
});

test("a file of an older version goes on from its latest time after it is migrated", async () => {
  const folder = createFolder();
  const file = join(folder.path, "fanfare.db");
  const older = openDatabase(file, MIGRATIONS.slice(0, 9));
  older
    .sql("INSERT INTO registrations VALUES ('users/u/fcm_tokens/t', 'users/u', 'dead', 'token', 'iOS', ?, ?)")
    .run(START, START + DAY_MS);
  older.close();
  const database = openDatabase(file);
  expect(await createSqliteRegistrations(database, () => START).moment()).toBe(START + DAY_MS);
  database.close();
  folder.remove();
});
