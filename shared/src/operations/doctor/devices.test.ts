import { afterEach, beforeEach, expect, test } from "vitest";
import { emptyBooks } from "../../domain/books.ts";
import { makeBroadcast, makeDocument } from "../../testing/records.ts";
import { createStore, type TestStore } from "../../testing/store.ts";
import { checkDevices } from "./devices.ts";

let store: TestStore;
beforeEach(() => {
  store = createStore();
});
afterEach(() => store.close());

const found = () => checkDevices({ ...store, now: store.now(), patienceMs: 0, clockHelp: "" });

test("devices of every spelling of a platform are well", async () => {
  await store.registrations.put([makeDocument("a", "a", { deviceType: "iPhone" }), makeDocument("b", "b")]);
  await store.broadcasts.create(makeBroadcast("b", { phase: "succeeded", books: emptyBooks() }));
  expect(await found()).toEqual([
    { check: "devices", ok: true, message: "every device is of a known platform" },
  ]);
});

test("device types that count as no platform are told by name, with what to do", async () => {
  await store.registrations.put([makeDocument("a", "a", { deviceType: "F\u001bCM" })]);
  expect(await found()).toEqual([
    {
      check: "devices",
      ok: false,
      message: 'registrations of no known platform: 1, which only broadcasts to all reach: "F\\u001bCM" (1)',
      doThis: expect.stringContaining("docs/clients.md"),
    },
  ]);
});

test("addresses with white space around them are told by the largest audience of late", async () => {
  const finished = (name: string, spaced?: number) =>
    store.broadcasts.create(
      makeBroadcast(name, { phase: "succeeded", books: { ...emptyBooks(), ...(spaced && { spaced }) } }),
    );
  for (const [name, spaced] of [
    ["a", 2],
    ["b", 7],
    ["c", undefined],
  ] as const)
    await finished(name, spaced);
  await store.broadcasts.create(makeBroadcast("running"));
  expect(await found()).toMatchObject([
    {
      check: "devices",
      ok: false,
      message: expect.stringMatching(/^addresses with white space around them: 7,/),
    },
  ]);
});
