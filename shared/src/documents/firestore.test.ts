import { afterEach, beforeEach, expect, test } from "vitest";
import { APP_COLLECTION } from "../domain/flutterflow.ts";
import { DocumentReference, type Firestore, GeoPoint, Timestamp } from "../google/firestore.ts";
import { describeOnEmulators } from "../testing/emulators.ts";
import { beforeNextCommit, loseNextAnswer, openFreshFirestore } from "../testing/firestore.ts";
import { describeWithWrongClock } from "../testing/wrong-clock.ts";
import { describeDocumentsContract } from "./contract.ts";
import { createFirestoreDocuments } from "./firestore.ts";
import type { Documents, FlutterFlowDocument } from "./index.ts";

const PATH = `${APP_COLLECTION}/a`;

describeOnEmulators("documents on Firestore", ["firestore"], () => {
  describeWithWrongClock(() => {
    describeDocumentsContract("Firestore", async () => {
      const firestore = openFreshFirestore();
      return {
        documents: createFirestoreDocuments(firestore),
        advance: async () => {},
        close: () => firestore.terminate(),
      };
    });
  });

  let firestore: Firestore;
  let documents: Documents;
  beforeEach(() => {
    firestore = openFreshFirestore();
    documents = createFirestoreDocuments(firestore);
  });
  afterEach(() => firestore.terminate());

  async function begin(): Promise<FlutterFlowDocument> {
    await firestore.doc(PATH).set({ notification_title: "T" });
    return (await documents.get(PATH)) as FlutterFlowDocument;
  }

  test("what apps write comes as plain JSON", async () => {
    const time = Timestamp.fromMillis(1_800_000_000_123);
    await firestore.doc(PATH).set({
      sender: firestore.doc("users/u"),
      scheduled_time: time,
      nested: { list: [time, { at: new GeoPoint(1.5, -2) }], nothing: null, none: Number.NaN },
      bytes: Buffer.from("abc"),
    });
    const found = await documents.get(PATH);
    expect(found?.fields).toStrictEqual({
      sender: "users/u",
      scheduled_time: "2027-01-15T08:00:00.123Z",
      nested: {
        list: ["2027-01-15T08:00:00.123Z", { at: { latitude: 1.5, longitude: -2 } }],
        nothing: null,
        none: null,
      },
      bytes: "YWJj",
    });
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
  });

  test("parameters come as FlutterFlow's client reads them, at any depth", async () => {
    const at = Timestamp.fromMillis(1_800_000_000_123);
    const values = { at, place: new GeoPoint(1.5, -2), post: firestore.doc("posts/1"), bad: Number.NaN };
    const read = { at: 1_800_000_000_123, place: "1.5,-2", post: "posts/1", bad: null };
    await firestore.doc(PATH).set({ parameter_data: { ...values, list: [values, at], deep: { values } } });
    const found = await documents.get(PATH);
    expect(found?.fields.parameter_data).toStrictEqual({
      ...read,
      list: [read, read.at],
      deep: { values: read },
    });
    await firestore.doc(PATH).set({ parameter_data: ' {"at": null}' });
    expect((await documents.get(PATH))?.fields.parameter_data).toBe(' {"at": null}');
  });

  test("what is put has the types that FlutterFlow writes", async () => {
    const fields = { sender: "users/u", timestamp: "2027-01-15T08:00:00.123Z", parameter_data: "2027-01-15" };
    await documents.put([{ path: PATH, fields }]);
    const written = await firestore.doc(PATH).get();
    expect(written.get("sender")).toBeInstanceOf(DocumentReference);
    expect(written.get("timestamp").toMillis()).toBe(1_800_000_000_123);
    expect(written.get("parameter_data")).toBe("2027-01-15");
  });

  test("an answer on its way to a document that comes anew is left", async () => {
    const document = await begin();
    beforeNextCommit(firestore, async () => {
      await firestore.doc(PATH).delete();
      await firestore.doc(PATH).set({ notification_title: "N" });
    });
    expect(await documents.answer(document, { status: "failed" })).toBe("left");
    expect((await documents.get(PATH))?.fields).toEqual({ notification_title: "N" });
  });

  test("an answer whose commit was repeated is there", async () => {
    const document = await begin();
    loseNextAnswer(firestore);
    expect(await documents.answer(document, { status: "succeeded", num_sent: 3 })).toBe("left");
    expect((await documents.get(PATH))?.fields).toMatchObject({ status: "succeeded", num_sent: 3 });
  });
});
