import { expect, test } from "vitest";
import { createClock } from "../testing/clock.ts";
import { createDataFile } from "../testing/data-file.ts";
import { describeDocumentsContract } from "./contract.ts";
import { createSqliteDocuments } from "./sqlite.ts";

function open() {
  const { database, close } = createDataFile();
  const { now, advance } = createClock();
  return { documents: createSqliteDocuments(database, now), advance, close };
}

describeDocumentsContract("SQLite", async () => open());

test("a document that is put as it is was not written", async () => {
  const { documents, advance, close } = open();
  await documents.put([{ path: "c/a", fields: { a: 1, b: { c: 2 } } }]);
  const before = await documents.get("c/a");
  await advance(5);
  await documents.put([{ path: "c/a", fields: { b: { c: 2 }, a: 1 } }]);
  expect(await documents.get("c/a")).toEqual(before);
  await close();
});

test("more documents than are read at once are all found", async () => {
  const { documents, close } = open();
  const paths = Array.from({ length: 1_000 }, (_, index) => `c/${index}`);
  await documents.put(paths.map((path) => ({ path, fields: {} })));
  const found = await Array.fromAsync(documents.unanswered());
  expect(found.map(({ path }) => path)).toEqual(paths.toSorted());
  await close();
});
