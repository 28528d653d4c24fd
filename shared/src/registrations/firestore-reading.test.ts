import { afterEach, beforeEach, expect, test } from "vitest";
import type { Firestore } from "../google/firestore.ts";
import { createQueries, type Queries } from "../google/firestore-queries.ts";
import { GrpcError, STATUS } from "../google/grpc.ts";
import { describeOnEmulators } from "../testing/emulators.ts";
import { openFreshFirestore } from "../testing/firestore.ts";
import { makeDocument } from "../testing/records.ts";
import { EVERYTHING } from "./contract/read.ts";
import { createFirestoreRegistrations } from "./firestore.ts";
import { createReading } from "./firestore-reading.ts";
import { createTypes } from "./firestore-types.ts";
import type { RegistrationDocument, Registrations } from "./index.ts";

describeOnEmulators("reading that breaks off", ["firestore"], () => {
  let firestore: Firestore;
  let registrations: Registrations;
  let waits: number[];
  beforeEach(() => {
    firestore = openFreshFirestore();
    registrations = createFirestoreRegistrations(firestore);
    waits = [];
  });
  afterEach(() => firestore.terminate());

  /** Reads through queries of which each breaks off after so many messages; the last number holds for all after. */
  function readingThrough(lengths: number[], code: number = STATUS.UNAVAILABLE) {
    const queries = createQueries(firestore);
    let turn = 0;
    const run: Queries["run"] = async function* (parent, query) {
      let left = lengths[Math.min(turn++, lengths.length - 1)] ?? 0;
      for await (const messages of queries.run(parent, query)) {
        for (const message of messages) {
          if (left-- === 0) throw new GrpcError(code, "told to fail");
          yield [message];
        }
      }
    };
    const wait = async (ms: number) => void waits.push(ms);
    const types = createTypes(firestore.collectionGroup("fcm_tokens"));
    return createReading({ ...queries, run }, "fcm_tokens", types, wait);
  }

  /** Several documents of most addresses, so that many a break lies within an address. */
  async function register(): Promise<RegistrationDocument[]> {
    const documents = Array.from({ length: 60 }, (_, index) =>
      makeDocument(`u${index}`, `address-${index % 17}`, { deviceType: index % 3 ? "iOS" : "web" }),
    );
    await registrations.put(documents);
    return documents;
  }

  const inOrder = async (reading: Pick<Registrations, "read">) =>
    (await Array.fromAsync(reading.read(EVERYTHING, ["ios", "web"]))).flat().map(({ path }) => path);

  test.each([1, 2, 7, 59])("goes on behind the last that came, %i at a time", async (length) => {
    const documents = await register();
    const read = await inOrder(readingThrough([length]));
    expect(read).toEqual(await inOrder(registrations));
    expect(new Set(read)).toEqual(new Set(documents.map(({ path }) => path)));
    expect(waits).toHaveLength(Math.ceil(60 / length) - 1);
  });

  test("goes on behind texts that are too long to ask for", async () => {
    const long = "x".repeat(2_000);
    await registrations.put([
      ...["a", "b", "c"].map((uid) => makeDocument(uid, long + uid)),
      makeDocument("d", "y"),
    ]);
    const read = (await Array.fromAsync(readingThrough([1]).read(EVERYTHING, undefined))).flat();
    expect(read.map(({ path }) => path)).toEqual(["users/a/fcm_tokens/t", "users/d/fcm_tokens/t"]);
  });

  test("goes on below a user, too", async () => {
    const own = Array.from({ length: 7 }, (_, index) =>
      makeDocument("a", `address-${index % 2}`, { path: `users/a/fcm_tokens/${index}` }),
    );
    await registrations.put([...own, makeDocument("b", "address-0")]);
    const found = await readingThrough([3]).readOwned(["users/a"]);
    expect(found.map(({ path }) => path)).toEqual(own.map(({ path }) => path));
  });

  test("fails when five tries in a row bring nothing new, and waits longer before each", async () => {
    await register();
    await expect(inOrder(readingThrough([10, 0]))).rejects.toMatchObject({ code: STATUS.UNAVAILABLE });
    expect(waits).toHaveLength(4);
    for (const [index, ms] of waits.entries()) expect(ms).toBeGreaterThanOrEqual(100 * 2 ** index);
  });

  test("begins to count anew when something came", async () => {
    await register();
    expect(await inOrder(readingThrough([5, 0, 0, 0, 5, 0, 0, 0, 100]))).toHaveLength(60);
  });

  test.each([STATUS.PERMISSION_DENIED, STATUS.INVALID_ARGUMENT, STATUS.UNAUTHENTICATED])(
    "fails at once where trying again cannot help (%i)",
    async (code) => {
      await register();
      await expect(inOrder(readingThrough([3], code))).rejects.toMatchObject({ code });
      expect(waits).toEqual([]);
    },
  );
});
