import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { APP_COLLECTION, CONSOLE_COLLECTION } from "../domain/flutterflow.ts";
import type { Documents, FlutterFlowDocument } from "./index.ts";

/** What an opener lends to one test: documents that no other test sees. */
export interface ContractDocuments {
  documents: Documents;
  /** Moves the store's clock on, where it does not go by itself. */
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

const PATH = `${CONSOLE_COLLECTION}/a`;
const OTHER = `${APP_COLLECTION}/a`;
const FIELDS = { notification_title: "T", target_audience: "All", num_sent: 7, parameter_data: "{}" };

/** What every driver of the documents has to pass. `open` is called once for each test. */
export function describeDocumentsContract(name: string, open: () => Promise<ContractDocuments>): void {
  describe(`documents contract: ${name}`, () => {
    let opened: ContractDocuments;
    let documents: Documents;
    beforeEach(async () => {
      opened = await open();
      documents = opened.documents;
    });
    afterEach(() => opened.close());

    const put = (path: string, fields: Record<string, unknown>) => documents.put([{ path, fields }]);

    async function read(path = PATH): Promise<FlutterFlowDocument> {
      const found = await documents.get(path);
      if (!found) throw new Error(`${path} is not there`);
      return found;
    }

    test("a document comes back as it was put, and none where none is", async () => {
      expect(await documents.get(PATH)).toBeNull();
      const fields = { ...FIELDS, nested: { list: [1, { a: null }], "a.b": true }, no: undefined };
      await put(PATH, fields);
      const { updatedAt, createdAt, ...found } = await read();
      const { no: _, ...kept } = fields;
      expect(found).toStrictEqual({ path: PATH, fields: kept });
      expect(createdAt).toBeGreaterThan(1_700_000_000_000_000);
      expect(updatedAt).toBe(createdAt);
      expect(await documents.get(OTHER)).toBeNull();
    });

    test("times and the sender come back in one form, however they were written", async () => {
      const written = { scheduled_time: "2027-01-02T03:04:05+02:00", sender: "/users/u", title: "users/u" };
      await put(PATH, { ...written, timestamp: "2027-01-02T03:04:05.678Z" });
      expect((await read()).fields).toEqual({
        ...written,
        scheduled_time: "2027-01-02T01:04:05.000Z",
        timestamp: "2027-01-02T03:04:05.678Z",
        sender: "users/u",
      });
      for (const scheduled_time of ["soon", "2027-02-30T10:00:00Z", "2027-01-02T03:04:05"]) {
        const neither = { scheduled_time, timestamp: 5, sender: "nobody" };
        await put(PATH, neither);
        expect((await read()).fields).toEqual(neither);
      }
    });

    test("put replaces the whole document, which keeps its creation", async () => {
      await documents.put([
        { path: PATH, fields: FIELDS },
        { path: OTHER, fields: FIELDS },
      ]);
      const before = await read();
      await put(PATH, { notification_title: "T2" });
      const after = await read();
      expect(after.fields).toEqual({ notification_title: "T2" });
      expect(after.createdAt).toBe(before.createdAt);
      expect(after.updatedAt).toBeGreaterThan(before.updatedAt);
      expect((await read(OTHER)).fields).toEqual(FIELDS);
    });

    test("an answer is written once, and beside it everything stays", async () => {
      await put(PATH, FIELDS);
      const before = await read();
      expect(await documents.answer(before, { status: "failed", error: "E" })).toBe("written");
      const after = await read();
      expect(after.fields).toEqual({ ...FIELDS, status: "failed", error: "E" });
      expect(after.updatedAt).toBeGreaterThan(before.updatedAt);
      expect(await documents.answer(before, { status: "succeeded", num_sent: 2 })).toBe("left");
      expect(await read()).toEqual(after);
    });

    test("parts that are undefined are left as they were", async () => {
      await put(PATH, { ...FIELDS, status: "started" });
      const answer = { status: "succeeded" as const, num_sent: undefined, error: undefined };
      expect(await documents.answer(await read(), answer)).toBe("written");
      expect((await read()).fields).toEqual({ ...FIELDS, status: "succeeded" });
    });

    test("of several answers at once one is written", async () => {
      await put(PATH, FIELDS);
      const document = await read();
      const answers = await Promise.all(
        [1, 2, 3, 4].map((num_sent) => documents.answer(document, { status: "succeeded", num_sent })),
      );
      expect(answers.toSorted()).toEqual(["left", "left", "left", "written"]);
      expect((await read()).fields.num_sent).toBe(answers.indexOf("written") + 1);
    });

    test("a document that is gone, or came anew under its path, gets no answer", async () => {
      await put(PATH, FIELDS);
      const gone = await read();
      await documents.remove(PATH);
      await documents.remove(PATH);
      expect(await documents.answer(gone, { status: "failed" })).toBe("left");
      expect(await documents.get(PATH)).toBeNull();
      await opened.advance(1);
      await put(PATH, FIELDS);
      expect(await documents.answer(gone, { status: "failed" })).toBe("left");
      expect((await read()).fields).toEqual(FIELDS);
      expect(await documents.answer(await read(), { status: "failed" })).toBe("written");
    });

    test("a document that was changed since it was read is answered all the same", async () => {
      await put(PATH, FIELDS);
      const before = await read();
      await put(PATH, { notification_title: "T2" });
      expect(await documents.answer(before, { status: "failed" })).toBe("written");
      expect((await read()).fields).toEqual({ notification_title: "T2", status: "failed" });
    });

    test.each([
      ["cancelled", undefined],
      ["read", undefined],
      ["Started", undefined],
      ["started", "pending"],
      [undefined, "pending"],
      ["scheduled", "pending"],
    ])("an answer is not written over %j, where it was taken with %j", async (status, taken) => {
      await put(PATH, { ...FIELDS, status });
      const before = await read();
      expect(await documents.answer({ ...before, status: taken }, { status: "failed" })).toBe("left");
      expect(await read()).toEqual(before);
    });

    test.each([
      [null, undefined],
      ["", undefined],
      ["started", undefined],
      ["pending", "pending"],
    ])("but over %j, where it was taken with %j", async (status, taken) => {
      await put(PATH, { ...FIELDS, status });
      expect(await documents.answer({ ...(await read()), status: taken }, { status: "failed" })).toBe(
        "written",
      );
      expect((await read()).fields.status).toBe("failed");
    });

    test("those without an answer are found in both collections", async () => {
      expect(await Array.fromAsync(documents.unanswered())).toEqual([]);
      const statuses = [undefined, "succeeded", "started", "failed", 5];
      const all = [CONSOLE_COLLECTION, APP_COLLECTION].flatMap((collection) =>
        statuses.map((status, index) => ({ path: `${collection}/${index}`, fields: { status } })),
      );
      await documents.put(all);
      const found = await Array.fromAsync(documents.unanswered());
      const expected = all.filter(({ path }) => /[024]$/.test(path)).map(({ path }) => path);
      expect(found.map(({ path }) => path).toSorted()).toEqual(expected.toSorted());
      for (const document of found) expect(document).toEqual(await documents.get(document.path));
    });
  });
}
