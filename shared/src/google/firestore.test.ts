import { describe, expect, test } from "vitest";
import { ConfigError, RetryableError, TerminalError } from "../errors.ts";
import { forEach } from "../for-each.ts";
import { describeOnEmulators } from "../testing/emulators.ts";
import { beforeNextCommit, intercept, openFreshFirestore, recordSent } from "../testing/firestore.ts";
import {
  clockOf,
  compareAndSet,
  type Firestore,
  find,
  readOne,
  streamOf,
  toOurError,
  withOurErrors,
} from "./firestore.ts";

const vendorError = (code: number, message = "secret-address") => Object.assign(new Error(message), { code });

describe("a failure of Firestore's", () => {
  test.each([
    [14, "FIRESTORE_UNAVAILABLE"],
    [10, "FIRESTORE_ABORTED"],
    [4, "FIRESTORE_DEADLINE_EXCEEDED"],
    [8, "FIRESTORE_RESOURCE_EXHAUSTED"],
    [13, "FIRESTORE_INTERNAL"],
    [2, "FIRESTORE_UNKNOWN"],
    [1, "FIRESTORE_CANCELLED"],
    [9, "FIRESTORE_FAILED_PRECONDITION"],
  ])("%i may pass, and keeps its cause but not its words", (code, name) => {
    const cause = vendorError(code);
    const ours = toOurError(cause);
    expect(ours).toBeInstanceOf(RetryableError);
    expect(ours).toMatchObject({ code: name, cause });
    expect(String(ours)).not.toContain("secret-address");
  });

  test.each([
    [7, "", "may not use"],
    [16, "", "credentials"],
    [5, "The database (default) does not exist", "no such database"],
    [12, "", "native mode"],
    [9, "The query requires an index.", "firestore.indexes.json"],
  ])("%i (%s) is a matter of the set-up", (code, message, named) => {
    const ours = toOurError(vendorError(code, message));
    expect(ours).toBeInstanceOf(ConfigError);
    expect(String(ours)).toContain(named);
  });

  test("over what was written cannot be mended by trying again, unless a transaction took too long", () => {
    expect(toOurError(vendorError(3, "too large"))).toBeInstanceOf(TerminalError);
    expect(toOurError(vendorError(3, "transaction has expired"))).toBeInstanceOf(RetryableError);
  });

  test.each([new Error("ours"), Object.assign(new Error("node's"), { code: "ECONNRESET" }), null, "text"])(
    "that is none of Firestore's stays as it is: %s",
    (error) => expect(toOurError(error)).toBe(error),
  );

  test.each([2, 13, undefined])(
    "over half of a surrogate pair is told by the text, under code %s",
    async (code) => {
      const cause = Object.assign(new Error("Application error processing RPC"), { code });
      const port = withOurErrors({ put: (_: object) => Promise.reject<void>(cause) });
      await expect(port.put({ title: "Hello\ud83d" })).rejects.toMatchObject({
        name: "TerminalError",
        code: "FIRESTORE_REFUSED",
        message: expect.stringContaining("half of a surrogate pair at character 6"),
      });
      await expect(port.put({ title: "Hello" })).rejects.not.toThrow(TerminalError);
    },
  );

  test("comes out of a port as ours, also in the middle of a sequence", async () => {
    const port = withOurErrors({
      async one(): Promise<void> {
        throw vendorError(14);
      },
      async *many(): AsyncGenerator<number> {
        yield 1;
        throw vendorError(7);
      },
    });
    await expect(port.one()).rejects.toThrow(RetryableError);
    const seen: number[] = [];
    const readAll = async () => {
      for await (const number of port.many()) seen.push(number);
    };
    await expect(readAll()).rejects.toThrow(ConfigError);
    expect(seen).toEqual([1]);
  });
});

describeOnEmulators("what Firestore refuses for good", ["firestore"], () => {
  const nested = (levels: number): unknown => (levels === 0 ? "x" : { a: nested(levels - 1) });

  test.each<[string, string, object]>([
    ["half of a surrogate pair", "c/d", { text: "Hello\ud83d" }],
    ["a key with half of one", "c/d", { "k\ud83d": 1 }],
    ["a document that is too large", "c/d", { text: "x".repeat(1_100_000) }],
    ["maps that are too deep", "c/d", { map: nested(25) }],
    ["an empty key", "c/d", { map: { "": 1 } }],
    ["a reserved key", "c/d", { map: { __x__: 1 } }],
    ["a time that no calendar has", "c/d", { time: new Date("+020000-01-01") }],
    ["a list within a list", "c/d", { list: [["secret-address"]] }],
    ["a path that is not a document's", "c/secret-address/x", {}],
    ["an empty id", "c/", {}],
    ["a reserved id", "c/__x__", {}],
    ["an id that is too long", `c/${"x".repeat(1_501)}`, {}],
  ])("is a terminal error that quotes nothing: %s", async (_, path, fields) => {
    const firestore = openFreshFirestore();
    const port = withOurErrors({ put: (at: string, what: object) => firestore.doc(at).set(what) });
    const error = await port.put(path, fields).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: "TerminalError", code: "FIRESTORE_REFUSED" });
    expect(String(error)).not.toContain("secret-address");
    await firestore.terminate();
  });
});

describe("work on each of many", () => {
  test("is done once each, and at most so many at once", async () => {
    const done: number[] = [];
    let [running, most] = [0, 0];
    await forEach([...Array(20).keys()], 3, async (item) => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running -= 1;
      done.push(item);
    });
    expect(done.toSorted((a, b) => a - b)).toEqual([...Array(20).keys()]);
    expect(most).toBe(3);
  });

  test("fails when all that began has ended, and begins nothing more", async () => {
    const ended: number[] = [];
    const work = forEach([1, 2, 3, 4], 2, async (item) => {
      if (item === 1) throw new Error("the first");
      await Promise.resolve();
      ended.push(item);
    });
    await expect(work).rejects.toThrow("the first");
    expect(ended).toEqual([2]);
  });
});

describeOnEmulators("the client of Firestore", ["firestore"], () => {
  const addOne = (ref: Parameters<typeof compareAndSet>[0]) =>
    compareAndSet(ref, {}, (snapshot) => ({
      answer: snapshot.get("n") as number,
      write: (batch, unchanged) => batch.update(ref, { n: snapshot.get("n") + 1 }, unchanged),
    }));

  test("decides again on what somebody else wrote meanwhile", async () => {
    const firestore = openFreshFirestore();
    const ref = firestore.doc("a/b");
    await ref.create({ n: 1 });
    beforeNextCommit(firestore, () => ref.update({ n: 10 }));
    expect(await addOne(ref)).toBe(10);
    expect((await ref.get()).get("n")).toBe(11);
    await firestore.terminate();
  });

  test("decides again on what came beside it meanwhile", async () => {
    const firestore = openFreshFirestore();
    const [ref, other] = [firestore.doc("a/b"), firestore.doc("a/c")];
    beforeNextCommit(firestore, () => other.create({}));
    const answer = await compareAndSet(ref, { beside: [other] }, (_, __, [beside]) =>
      beside?.exists
        ? { answer: "found" }
        : { answer: "made", write: (batch) => batch.create(ref, {}).create(other, {}) },
    );
    expect(answer).toBe("found");
    expect((await ref.get()).exists).toBe(false);
    await firestore.terminate();
  });

  test("gives up on a document that never holds still", async () => {
    const firestore = openFreshFirestore();
    const ref = firestore.doc("a/b");
    await ref.create({ n: 1 });
    intercept(firestore, ({ method }, send) =>
      method === "commit" ? Promise.reject(vendorError(9)) : send(),
    );
    await expect(addOne(ref)).rejects.toMatchObject({ code: "CONTENDED" });
    await firestore.terminate();
  });

  test("ends, though somebody stopped in the middle of a query", async () => {
    const firestore = openFreshFirestore();
    const writer = firestore.bulkWriter({ throttling: false });
    for (let n = 0; n < 3_000; n++) void writer.set(firestore.doc(`a/${n}`), { n, text: "x".repeat(500) });
    await writer.close();
    const sent = recordSent(firestore);
    for await (const snapshot of streamOf(firestore.collection("a"))) if (snapshot.exists) break;
    await firestore.terminate();
    expect(sent.map(({ method }) => method)).toEqual(["runQuery"]);
  });

  test.each<[string, (firestore: Firestore) => Promise<unknown>]>([
    ["a document", (firestore) => readOne(firestore.doc("a/b"))],
    ["a decision", (firestore) => compareAndSet(firestore.doc("a/b"), {}, () => ({ answer: undefined }))],
    ["a query", (firestore) => find(firestore.collection("a"))],
  ])("knows the store's time from %s it has read, and does not ask for it", async (_, read) => {
    const firestore = openFreshFirestore();
    const clock = clockOf(firestore);
    const written = (await firestore.doc("a/b").set({})).writeTime.toMillis();
    await read(firestore);
    expect(clock.now()).toBeGreaterThanOrEqual(written);
    const sent = recordSent(firestore);
    await clock.sync();
    expect(sent).toEqual([]);
    await firestore.terminate();
  });

  test("asks for the store's time where nothing was read, once for all who need it", async () => {
    const firestore = openFreshFirestore();
    const sent = recordSent(firestore);
    await Promise.all([clockOf(firestore).sync(), clockOf(firestore).sync()]);
    expect(sent.map(({ method }) => method)).toEqual(["batchGetDocuments"]);
    await firestore.terminate();
  });

  test("fails to tell the time as any other read fails", async () => {
    const firestore = openFreshFirestore();
    intercept(firestore, () => Promise.reject(vendorError(14)));
    await expect(clockOf(firestore).sync()).rejects.toMatchObject({ code: "FIRESTORE_UNAVAILABLE" });
    await firestore.terminate();
  });
});
