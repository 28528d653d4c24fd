import { expect, test } from "vitest";
import { createClock } from "../testing/clock.ts";
import { makeDocumentId } from "./contract/members.ts";
import { createFieldNotes, type FieldsNote } from "./noted-fields.ts";

const HOUR = 3_600_000;
const DOCUMENT = makeDocumentId("a");

function open() {
  const { now, advance } = createClock();
  const written: string[] = [];
  const faults: Error[] = [];
  const note = createFieldNotes(now, async ({ names }: FieldsNote) => {
    const fault = faults.pop();
    if (fault) throw fault;
    written.push(...names);
    return now();
  });
  return { note, advance, written, faults };
}

test("a flood of made-up names is written to a thousand an hour", async () => {
  const { note, advance, written } = open();
  const flood = async (letter: string) => {
    for (let index = 0; index < 3_000; index++) await note([`${letter}${index}`], DOCUMENT);
  };
  await flood("a");
  expect(written).toHaveLength(1_000);
  await advance(HOUR);
  await flood("b");
  expect(written).toHaveLength(2_000);
});

test("a flood at once ends there too", async () => {
  const { note, written } = open();
  await note(["first"], DOCUMENT);
  const names = (call: number) => Array.from({ length: 100 }, (_, index) => `${call}-${index}`);
  for (let call = 0; call < 5; call++)
    await Promise.all(Array.from({ length: 5 }, (_, at) => note(names(call * 5 + at), DOCUMENT)));
  expect(written.length).toBeLessThanOrEqual(1_500);
  const before = written.length;
  await note(["another"], DOCUMENT);
  expect(written).toHaveLength(before);
});

test("a name that could not be written is written the next time", async () => {
  const { note, written, faults } = open();
  faults.push(new Error("no"));
  await expect(note(["x"], DOCUMENT)).rejects.toThrow("no");
  await note(["x"], DOCUMENT);
  await note(["x"], DOCUMENT);
  expect(written).toEqual(["x"]);
});
