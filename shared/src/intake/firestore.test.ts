import { afterEach, beforeEach, expect, test } from "vitest";
import { documentKey } from "../domain/ids.ts";
import type { Firestore } from "../google/firestore.ts";
import { describeOnEmulators, freshProject } from "../testing/emulators.ts";
import { beforeNextCommit, loseNextAnswer, openFreshFirestore, recordSent } from "../testing/firestore.ts";
import { describeWithWrongClock } from "../testing/wrong-clock.ts";
import { makeDocumentId, makeMember, makeMembers } from "./contract/members.ts";
import { describeIntakeContract } from "./contract.ts";
import { createFirestoreIntake } from "./firestore.ts";
import type { Intake } from "./index.ts";

const DAY = 86_400_000;

describeOnEmulators("intake on Firestore", ["firestore"], () => {
  describeWithWrongClock(() => {
    describeIntakeContract("Firestore", async () => {
      const project = freshProject();
      const [one, two] = [openFreshFirestore(project), openFreshFirestore(project)];
      let skew = 0;
      const skewMs = () => skew;
      return {
        intake: createFirestoreIntake(one, { skewMs }),
        other: createFirestoreIntake(two, { skewMs }),
        async advance(ms) {
          skew += ms;
        },
        async close() {
          await Promise.all([one.terminate(), two.terminate()]);
        },
      };
    });
  });

  let firestore: Firestore;
  let intake: Intake;
  beforeEach(() => {
    firestore = openFreshFirestore();
    intake = createFirestoreIntake(firestore, { prefix: "push_", retentionDays: 2 });
  });
  afterEach(() => firestore.terminate());

  const docsOf = async (name: string) => (await firestore.collection(`push_${name}`).get()).docs;

  test("many that join at once in one process do so in few commits", async () => {
    const sent = recordSent(firestore);
    await Promise.all(makeMembers("a", 50).map((member) => intake.join(member)));
    expect(sent.filter(({ method }) => method === "commit")).toHaveLength(2);
  });

  test("a commit whose answer was lost is made once", async () => {
    const document = makeDocumentId("a0");
    loseNextAnswer(firestore);
    const { key } = await intake.join(makeMember("a", 0, 2));
    loseNextAnswer(firestore);
    expect(await intake.join(makeMember("a", 1, 2))).toMatchObject({ key, state: "complete" });
    const { key: given } = await intake.join(makeMember("b", 0, 2));
    loseNextAnswer(firestore);
    expect(await intake.giveUp(given)).toBe("given-up");
    loseNextAnswer(firestore);
    const allowance = { most: 1, withinMs: DAY };
    expect(await intake.admit("users/u", document, allowance)).toBe("admitted");
    loseNextAnswer(firestore);
    expect(await intake.admit("users/u", makeDocumentId("b0"), allowance)).toBe("refused");
    const [sender] = await docsOf("app_senders");
    expect(sender?.data()).toMatchObject({ v: 1, sender: "users/u", refused: 1 });
  });

  test("a batch that is completed while it is given up stays complete", async () => {
    const { key } = await intake.join(makeMember("a", 0, 2));
    beforeNextCommit(firestore, () => intake.join(makeMember("a", 1, 2)));
    expect(await intake.giveUp(key)).toBe("complete");
  });

  test("a print without batches that wait has no record, and those that ended one each", async () => {
    const waits = async () => (await firestore.collection("push_batches").orderBy("waitingSince").get()).size;
    const { key } = await intake.join(makeMember("a", 0, 2));
    expect(await waits()).toBe(1);
    await intake.join(makeMember("a", 1, 2));
    expect(await waits()).toBe(0);
    expect((await docsOf("batches")).map(({ id }) => id)).toEqual([key]);
  });

  test("more than a record holds are told to come again, and what is there stays", async () => {
    const long = (index: number) => makeDocumentId(`${index}`.padEnd(1_400, "x"));
    const member = (index: number) => ({ print: "p", index, size: 1_000, document: long(index) });
    const join = (from: number, to: number) =>
      Promise.all(Array.from({ length: to - from }, (_, index) => intake.join(member(from + index))));
    await join(0, 600);
    await expect(join(600, 700)).rejects.toMatchObject({ name: "RetryableError", code: "CROWDED" });
    expect(await intake.batchOf(long(599))).toMatchObject({ state: "waiting" });
  });

  test("an allowance of 20,000 fits into its record", async () => {
    const allowance = { most: 20_000, withinMs: DAY };
    await intake.admit("users/u", makeDocumentId("a"), allowance);
    const [sender] = await docsOf("app_senders");
    const [first] = JSON.parse(sender?.get("record"));
    // What was admitted but for one, and all the refused ones that are kept.
    const full = Array.from({ length: 20_999 }, (_, index) => {
      const key = String(index).padStart(first[0].length, "0");
      return [key, first[1], index < 19_999 ? 1 : 0];
    });
    await sender?.ref.update({ record: JSON.stringify(full) });
    expect(await intake.admit("users/u", makeDocumentId("last"), allowance)).toBe("admitted");
    expect(await intake.admit("users/u", makeDocumentId("more"), allowance)).toBe("refused");
    expect(await intake.asked("users/u", DAY)).toEqual({ admitted: 20_000, refused: 1_000 });
  });

  test("a document that an older version counted by its whole key is counted once", async () => {
    const allowance = { most: 1, withinMs: DAY };
    const document = makeDocumentId("a");
    await intake.admit("users/u", document, allowance);
    const [sender] = await docsOf("app_senders");
    const [[, at]] = JSON.parse(sender?.get("record"));
    await sender?.ref.update({ record: JSON.stringify([[documentKey(document), at, 1]]) });
    expect(await intake.admit("users/u", document, allowance)).toBe("admitted");
  });

  test("a hundred fields of the longest names and paths fit into their record", async () => {
    const document = makeDocumentId("\u0001".repeat(1_500));
    const names = Array.from({ length: 100 }, (_, index) => `${index}`.padEnd(100, "\u0001"));
    await intake.noteFields(names, document);
    expect(await intake.fields()).toHaveLength(100);
  });

  test("fields that were noted cost nothing for an hour", async () => {
    for (const name of ["a", "b"]) await intake.noteFields(["x", "y"], makeDocumentId(name));
    const other = createFirestoreIntake(firestore, { prefix: "push_" });
    const sent = recordSent(firestore);
    await intake.noteFields(["x"], makeDocumentId("c"));
    expect(sent).toEqual([]);
    await other.noteFields(["y"], makeDocumentId("d"));
    await Promise.all(["e", "f"].map((name) => other.noteFields(["y"], makeDocumentId(name))));
    expect(sent.map(({ method }) => method)).toEqual(["batchGetDocuments"]);
    await Promise.all(Array.from({ length: 50 }, (_, n) => other.noteFields([`n${n}`], makeDocumentId("g"))));
    expect(sent.filter(({ method }) => method === "commit")).toHaveLength(2);
  });

  test("everything expires", async () => {
    const before = Date.now();
    const document = makeDocumentId("a");
    await intake.join(makeMember("a", 0, 2));
    await intake.join(makeMember("b", 0, 1));
    await intake.admit("users/u", document, { most: 1, withinMs: 1_000 });
    await intake.noteRefusal({ ...document, reason: "r" });
    await intake.noteComparison(document, { theirs: { status: "failed" } });
    await intake.noteFields(["x"], document);
    const collections = await firestore.listCollections();
    const names = ["app_fields", "app_senders", "batched", "batches", "comparisons", "refusals"];
    expect(collections.map(({ id }) => id)).toEqual(names.map((name) => `push_${name}`));
    const all = (await Promise.all(names.map(docsOf))).flat();
    expect(all).toHaveLength(8);
    for (const record of all) {
      expect(record.get("v")).toBe(1);
      expect(record.get("expiresAt").toMillis()).toBeGreaterThan(before + 2 * DAY - 60_000);
    }
  });
});
