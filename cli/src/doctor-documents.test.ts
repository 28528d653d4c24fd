import { inStore, makeFolder } from "@fanfare/local/testing/folder";
import { WITHOUT_SENDER } from "@fanfare/shared/intake";
import { checkDocuments } from "@fanfare/shared/operations/doctor/documents";
import { SOME } from "@fanfare/shared/operations/doctor/finding";
import { START } from "@fanfare/shared/testing/clock";
import { createStore, type TestStore } from "@fanfare/shared/testing/store";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fanfare } from "./testing/fanfare.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

let store: TestStore;
beforeEach(() => {
  store = createStore();
});
afterEach(() => store.close());

const found = () => checkDocuments({ ...store, now: store.now(), patienceMs: 0, clockHelp: "" });
const makeId = (name: string) => ({ path: `ff_user_push_notifications/${name}`, createdAt: 1 });

test("documents of which nothing is noted are well", async () => {
  await store.intake.noteRefusal({ ...makeId("a"), reason: "user_refs must be text" });
  await store.intake.admit("users/ada", makeId("a"), { most: 0, withinMs: HOUR_MS });
  expect(await found()).toEqual([{ check: "documents", ok: true, message: expect.any(String) }]);
});

describe("documents that were left because they were too old", () => {
  const leave = (name: string) =>
    store.intake.noteRefusal({ ...makeId(name), reason: "too old", left: true });

  test("are counted for a week, with the latest and what takes them", async () => {
    await leave("a");
    expect(await found()).toMatchObject([{ message: expect.stringContaining("1 document was left") }]);
    await store.advance(DAY_MS);
    await leave("b");
    await store.intake.noteRefusal({ ...makeId("c"), reason: "r" });
    const at = new Date(START + DAY_MS).toISOString();
    expect(await found()).toEqual([
      {
        check: "documents",
        ok: true,
        message: expect.stringMatching(
          `2 documents were left .*; the latest is ff_user_push_notifications/b at ${at}`,
        ),
        doThis: expect.stringContaining("fanfare ff catch-up --since TIME --older"),
      },
    ]);
    await store.advance(6 * DAY_MS + 1);
    expect(await found()).toMatchObject([{ message: expect.stringContaining("1 document was left") }]);
    await store.advance(DAY_MS);
    expect(await found()).toMatchObject([{ message: expect.not.stringContaining("left as") }]);
  });

  test("are told to be more if only the latest were looked at", async () => {
    for (let index = 0; index <= SOME; index++) await leave(String(index));
    expect(await found()).toMatchObject([
      { message: expect.stringContaining(`${SOME} or more documents were left`) },
    ]);
  });
});

test("documents without a sender are counted for an hour, and an alarm if the allowance did not do", async () => {
  const ask = (name: string) =>
    store.intake.admit(WITHOUT_SENDER, makeId(name), { most: 2, withinMs: HOUR_MS });
  for (const name of ["a", "b"]) await ask(name);
  expect(await found()).toEqual([
    {
      check: "documents",
      ok: true,
      message: expect.stringContaining("2 admitted, 0 refused"),
      doThis: expect.stringContaining("request.resource.data.sender == callersDocument()"),
    },
  ]);
  await ask("c");
  expect(await found()).toMatchObject([
    { ok: false, message: expect.stringContaining("2 admitted, 1 refused") },
  ]);
  await store.advance(HOUR_MS);
  expect(await found()).toMatchObject([{ ok: true, message: expect.not.stringContaining("admitted") }]);
});

describe("fields that Fanfare does not know", () => {
  test("are told by name, each with its latest document", async () => {
    await store.intake.noteFields(["campaign"], makeId("a"));
    await store.advance(1);
    await store.intake.noteFields(["x"], makeId("b"));
    expect(await found()).toEqual([
      {
        check: "documents",
        ok: true,
        message:
          "fields that Fanfare does not know: x (last in ff_user_push_notifications/b), " +
          "campaign (last in ff_user_push_notifications/a)",
        doThis: expect.stringContaining("pause a broadcast only if"),
      },
    ]);
  });

  test("are ten, and a number", async () => {
    await store.intake.noteFields(
      Array.from({ length: 12 }, (_, index) => `n${index}`),
      makeId("a"),
    );
    expect(await found()).toMatchObject([
      { message: expect.stringMatching(/: n0 .*, n7 \([^,]*\), and 2 more$/) },
    ]);
  });

  test("and paths are quoted: no character of theirs reaches a terminal or makes a line", async () => {
    const folder = makeFolder();
    const hostile = makeId("a\n!! held: b\u009b2J");
    await inStore(folder, async ({ intake }) => {
      await intake.noteFields(["\u001b[2J\n!! work: x"], hostile);
      await intake.noteRefusal({ ...hostile, reason: "r", left: true });
    });
    const { stdout } = await fanfare(["doctor", "--data", folder]);
    const lines = stdout.split("\n").filter((line) => line.startsWith("ok documents"));
    expect(lines).toEqual([
      expect.stringContaining('"ff_user_push_notifications/a\\n!! held: b\\u009b2J"'),
      expect.stringContaining('"\\u001b[2J\\n!! work: x" (last in "'),
    ]);
    expect(stdout).not.toMatch(/^!! (held|work: x)/m);
  });
});
