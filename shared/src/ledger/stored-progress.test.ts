import { expect, test } from "vitest";
import { rejected } from "../domain/outcome.ts";
import { createDataFile } from "../testing/data-file.ts";
import { describeOnEmulators } from "../testing/emulators.ts";
import { openFreshFirestore } from "../testing/firestore.ts";
import { BROADCAST, chunkOf, openOf, plan, settle } from "./contract/steps.ts";
import { createFirestoreLedger } from "./firestore.ts";
import type { Ledger } from "./index.ts";
import { createSqliteLedger } from "./sqlite.ts";

/** A chunk's progress as version 0.1.0 wrote it, and reads it. */
const TEXT = JSON.stringify({
  ...openOf([]),
  outcomes: { 0: "rejected(UNREGISTERED)", 2: "unknown", 3: "rejected(CONTENT_REFUSED)" },
});
const OUTCOMES = { 0: rejected("UNREGISTERED"), 2: "unknown", 3: rejected("CONTENT_REFUSED") } as const;

/** Ends one chunk with these outcomes, gives what is stored of it, and reads what 0.1.0 would have stored. */
async function expectStored(ledger: Ledger, read: () => Promise<unknown>, write: () => Promise<unknown>) {
  await plan(ledger, [5]);
  await settle(ledger, chunkOf(0), OUTCOMES);
  expect(await read()).toBe(TEXT);
  await write();
  const [chunk] = await Array.fromAsync(ledger.chunks(BROADCAST));
  expect(chunk?.progress.outcomes).toEqual(OUTCOMES);
}

test("a data file holds a chunk's progress as version 0.1.0 did", async () => {
  const { database, close } = createDataFile();
  const read = async () => database.sql("SELECT progress FROM chunks").get()?.progress;
  const write = async () => database.sql("UPDATE chunks SET progress = ?").run(TEXT);
  await expectStored(createSqliteLedger(database), read, write);
  await close();
});

describeOnEmulators("the ledger on Firestore", ["firestore"], () => {
  test("holds a chunk's progress as version 0.1.0 did", async () => {
    const firestore = openFreshFirestore();
    const find = async () => (await firestore.collectionGroup("fanfare_chunks").get()).docs[0];
    const read = async () => (await find())?.get("progress");
    const write = async () => (await find())?.ref.update({ progress: TEXT });
    await expectStored(createFirestoreLedger(firestore), read, write);
    await firestore.terminate();
  });
});
