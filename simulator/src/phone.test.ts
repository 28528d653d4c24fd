import { expect, test } from "vitest";
import { type Message, type Notification, showOnAndroid, showOnIos, showsTwice, stackUp } from "./phone.ts";

const shared = { title: "T", body: "B", image: "https://x/i.png" };

test("Android shows its own texts before the shared ones, its own data instead of the shared", () => {
  const message: Message = {
    notification: shared,
    data: { a: "1" },
    android: { data: { b: "2" }, notification: { title: "Mine", tag: "t" } },
  };
  const { title: _, ...rest } = shared;
  expect(showOnAndroid(message)).toEqual({ ...rest, title: "Mine", data: { b: "2" }, replaceKey: "t" });
});

test("iOS shows the alert before the shared texts, and hands custom keys to the app beside the data", () => {
  const message: Message = {
    notification: shared,
    data: { a: "1" },
    apns: {
      headers: { "apns-collapse-id": "c" },
      payload: { aps: { alert: { title: "Mine" } }, own: { deep: true } },
      fcm_options: { image: "https://x/j.png" },
    },
  };
  expect(showOnIos(message)).toEqual({
    title: "Mine",
    body: "B",
    image: "https://x/j.png",
    data: { a: "1", own: { deep: true } },
    replaceKey: "c",
  });
  expect(showOnIos({ apns: { payload: { aps: { alert: "Only a body" } } } })).toEqual({
    body: "Only a body",
    data: {},
  });
});

test("a message of data alone shows nothing", () => {
  const message: Message = { data: { a: "1" }, apns: { payload: { aps: { "content-available": 1 } } } };
  expect(showOnAndroid(message)).toBeUndefined();
  expect(showOnIos(message)).toBeUndefined();
});

function note(title: string, replaceKey?: string, data = {}): Notification {
  return { title, data, ...(replaceKey && { replaceKey }) };
}

test.each<[string, Notification[], string[], boolean]>([
  ["the same key replaces", [note("a", "k"), note("a", "k")], ["a"], false],
  ["the later one is seen", [note("a", "k"), note("b", "k")], ["b"], false],
  ["without a key another is added", [note("a"), note("a")], ["a", "a"], true],
  ["keys differ, texts are the same", [note("a", "k"), note("a", "l")], ["a", "a"], true],
  ["texts differ", [note("a"), note("b")], ["a", "b"], false],
  ["data differ", [note("a", "", { x: 1 }), note("a", "", { x: 2 })], ["a", "a"], false],
  [
    "data in another order are the same",
    [note("a", "", { x: 1, y: 2 }), note("a", "", { y: 2, x: 1 })],
    ["a", "a"],
    true,
  ],
  ["a double that was replaced is gone", [note("a", "k"), note("a", "l"), note("b", "l")], ["a", "b"], false],
  ["nothing", [], [], false],
])("%s", (_, arrived, titles, twice) => {
  const visible = stackUp(arrived);
  expect(visible.map(({ title }) => title)).toEqual(titles);
  expect(showsTwice(visible)).toBe(twice);
});
