import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { registrationId, replacedIdOfV1, tombstoneId } from "../domain/ids.ts";
import { openDatabase } from "../sqlite/database.ts";
import { MIGRATIONS } from "../sqlite/schema.ts";
import { createClock, START } from "../testing/clock.ts";
import { createDataFile, type DataFile } from "../testing/data-file.ts";
import { makeDocument } from "../testing/records.ts";
import { playApart } from "./contract/play-apart.ts";
import { readAddresses, readAll, readPaths } from "./contract/read.ts";
import { describeRegistrationsContract } from "./contract.ts";
import type { Registrations } from "./index.ts";
import { createSqliteRegistrations } from "./sqlite.ts";

describeRegistrationsContract("SQLite", async () => {
  const data = createDataFile();
  const clock = createClock();
  const registrations = createSqliteRegistrations(data.database, clock.now);
  return { registrations, ...clock, addUsers: async () => {}, close: data.close };
});

let data: DataFile;
let registrations: Registrations;
beforeEach(() => {
  data = createDataFile();
  registrations = createSqliteRegistrations(data.database, () => START);
});
afterEach(() => data.close());

test("a crowd on one address is read once each across the edges of batches", async () => {
  const documents = Array.from({ length: 6_500 }, (_, index) =>
    makeDocument(`u${index}`, index < 1_500 ? `a${index}` : index < 6_000 ? "crowd" : `d${index}`),
  );
  await registrations.put(documents);
  const batches = await Array.fromAsync(registrations.read({ after: "", upTo: null }, undefined));
  expect(batches.length).toBeGreaterThan(2);
  const read = batches.flat();
  expect(new Set(read.map(({ path }) => path)).size).toBe(6_500);
  expect(read.map(({ address }) => address)).toEqual(documents.map(({ address }) => address).sort());
});

test("two readers at once do not disturb each other", async () => {
  await registrations.put(
    Array.from({ length: 4_100 }, (_, index) => makeDocument(`u${index}`, `a${index}`)),
  );
  const [one, two] = await Promise.all([readAddresses(registrations), readAddresses(registrations)]);
  expect(one).toHaveLength(4_100);
  expect(two).toEqual(one);
});

test("a tombstone holds all of the document", async () => {
  await registrations.put([makeDocument("a", "dead", { createdAt: 5, deviceType: "iOS", kind: "fid" })]);
  const dead = [{ address: "dead", kind: "fid" as const, code: "GONE" }];
  await registrations.prune({ broadcast: "b1", notSince: START, dead });
  const { document, ...rest } = data.database.sql("SELECT * FROM tombstones").get() ?? {};
  const path = "users/a/fcm_tokens/t";
  expect(rest).toEqual({
    id: tombstoneId("b1", path),
    broadcast: "b1",
    code: "GONE",
    pruned_at: START,
    path,
  });
  expect(JSON.parse(String(document))).toEqual({
    path,
    owner: "users/a",
    address: "dead",
    kind: "fid",
    device_type: "iOS",
    created_at: 5,
    updated_at: START,
  });
});

test("a call that fails in the middle writes nothing", async () => {
  const broken = { ...makeDocument("b", "address-2"), deviceType: null as unknown as string };
  await expect(registrations.put([makeDocument("a", "address-1"), broken])).rejects.toThrow("device_type");
  expect(await registrations.size()).toBe(0);
});

test("a replaced token is remembered for 270 days", async () => {
  const clock = createClock();
  registrations = createSqliteRegistrations(data.database, clock.now);
  const token = { owner: "users/a", address: "token", kind: "token", deviceType: "iOS" } as const;
  await registrations.register({ ...token, address: "fid", kind: "fid", replaces: "token" });
  await clock.advance(270 * 86_400_000 - 1);
  await registrations.register(token);
  expect(await readAddresses(registrations)).toEqual(["fid"]);
  await clock.advance(270 * 86_400_000);
  await registrations.register(token);
  expect(await readAddresses(registrations)).toEqual(["fid", "token"]);
  expect(JSON.stringify(data.database.sql("SELECT * FROM replaced").all())).toBe("[]");
});

test("a note of the version before is followed by the user who caused it, and by no other", async () => {
  const token = { owner: "users/a", address: "token", kind: "token", deviceType: "iOS" } as const;
  await registrations.register({ ...token, address: "fid", kind: "fid", replaces: "token" });
  data.database.sql("UPDATE replaced SET id = ?").run(replacedIdOfV1("token"));
  expect(await registrations.register({ ...token, owner: "users/b" })).toBe("added");
  expect(await registrations.unregister("users/b", "token")).toBe("removed");
  expect(await registrations.register(token)).toBe("refreshed");
  expect(await readAddresses(registrations)).toEqual(["fid"]);
});

test("whatever users call, one user's call changes another's documents by their exact address only", () =>
  playApart(registrations, 300));

const address = fc.string({ unit: "binary", minLength: 1, maxLength: 4 });

test("any span of any addresses is read in the order of bytes", async () => {
  const spans = fc.record({
    after: fc.oneof(address, fc.constant("")),
    upTo: fc.oneof(address, fc.constant(null)),
  });
  const property = fc.asyncProperty(fc.array(address, { maxLength: 20 }), spans, async (addresses, span) => {
    data.database.sql("DELETE FROM registrations").run();
    await registrations.put(addresses.map((address, index) => makeDocument(`u${index}`, address)));
    const expected = addresses
      .map((address) => Buffer.from(address))
      .sort(Buffer.compare)
      .filter((bytes) => Buffer.compare(bytes, Buffer.from(span.after)) > 0)
      .filter((bytes) => span.upTo === null || Buffer.compare(bytes, Buffer.from(span.upTo)) <= 0)
      .map(String);
    expect((await readAll(registrations, span)).map(({ address }) => address)).toEqual(expected);
    expect(await registrations.count(span, undefined)).toBe(expected.length);
    expect(await registrations.firstFrom("", span, undefined)).toBe(expected[0] ?? null);
  });
  await fc.assert(property);
});

test("registrations of a data file from before its texts of device_type were listed are of their platform", async () => {
  const file = `${data.file}.older`;
  const before = MIGRATIONS.findIndex((step) => step.includes("device_types"));
  const older = openDatabase(file, MIGRATIONS.slice(0, before));
  older
    .sql("INSERT INTO registrations VALUES ('users/a/fcm_tokens/t', 'users/a', 'a', 'token', 'iPhone', 1, 1)")
    .run();
  older.close();
  const migrated = openDatabase(file);
  expect(await readAddresses(createSqliteRegistrations(migrated), undefined, ["ios"])).toEqual(["a"]);
  migrated.close();
});

test("a pruned registration comes back with its platform", async () => {
  await registrations.put([makeDocument("a", "a", { deviceType: "iPadOS" })]);
  const dead = [{ address: "a", kind: "token" as const, code: "UNREGISTERED" }];
  await registrations.prune({ broadcast: "b", notSince: START, dead });
  data.database.sql("DELETE FROM device_types").run();
  await Array.fromAsync(registrations.restore("b"));
  expect(await readAddresses(registrations, undefined, ["ios"])).toEqual(["a"]);
});

test("a new address goes below the collection that is set", async () => {
  const other = createSqliteRegistrations(data.database, () => START, undefined, "devices");
  await other.register({ owner: "users/a", address: "a", kind: "token", deviceType: "iOS" });
  expect(await readPaths(other)).toEqual([`users/a/devices/${registrationId("a")}`]);
});
