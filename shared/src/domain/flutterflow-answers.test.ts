import { expect, test } from "vitest";
import { makeBroadcast } from "../testing/records.ts";
import { type Books, emptyBooks } from "./books.ts";
import type { Broadcast } from "./broadcast.ts";
import { answersOf, differencesFrom } from "./flutterflow-answers.ts";
import { finish } from "./phases.ts";

const documents = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ path: `ff_push_notifications/d${index}`, createdAt: 1 }));

function finished(books: Partial<Books>, count = 1, fields: Partial<Broadcast> = {}): Broadcast {
  const broadcast = makeBroadcast("one", { documents: documents(count), ...fields });
  return finish(broadcast, { ...emptyBooks(), ...books }, 1_000);
}

test("what FCM accepted is the number that was sent", () => {
  const books = { resolved: 12, accepted: 10, rejected: { UNREGISTERED: 2 } };
  expect(answersOf(finished(books))).toEqual([{ status: "succeeded", num_sent: 10 }]);
});

test("nobody to reach is no failure", () => {
  expect(answersOf(finished({}))).toEqual([{ status: "succeeded", num_sent: 0 }]);
});

test("a batch's documents add up to what was accepted", () => {
  const answers = answersOf(finished({ resolved: 11, accepted: 11 }, 3));
  expect(answers.map((answer) => answer.num_sent)).toEqual([4, 4, 3]);
});

test("that FCM accepted nothing is a failure with its reason", () => {
  const books = { resolved: 3, rejected: { UNREGISTERED: 2, SENDER_ID_MISMATCH: 1 } };
  expect(answersOf(finished(books))).toEqual([
    {
      status: "failed",
      num_sent: 0,
      error: "FCM accepted no message (2 UNREGISTERED, 1 SENDER_ID_MISMATCH)",
    },
  ]);
});

test("one all of whose messages FCM refused says what FCM said", () => {
  const reason = "FCM refuses the content: 400 INVALID_ARGUMENT Request contains an invalid argument.";
  const accepts = [{ code: "CONTENT_REFUSED", reason, by: "sender", at: 5 }];
  const refused = { resolved: 1, rejected: { CONTENT_REFUSED: 1 } };
  expect(answersOf(finished(refused, 1, { accepts }))).toEqual([
    { status: "failed", num_sent: 0, error: `FCM accepted no message: ${reason} (1 CONTENT_REFUSED)` },
  ]);
  const partly = { resolved: 2, accepted: 1, rejected: { CONTENT_REFUSED: 1 } };
  expect(answersOf(finished(partly, 1, { accepts }))).toEqual([{ status: "succeeded", num_sent: 1 }]);
});

test("a cancelled one says by whom and why, and what had been sent", () => {
  const cancelled = { by: "ada", at: 5, reason: "wrong title" };
  const books = { resolved: 10, accepted: 4, cancelled: 6 };
  expect(answersOf(finished(books, 1, { gates: { cancelled } }))).toEqual([
    { status: "failed", num_sent: 4, error: "cancelled by ada: wrong title" },
  ]);
});

test("one that is not over has no answer yet", () => {
  expect(() => answersOf(makeBroadcast("one", { documents: documents(1) }))).toThrow("has not finished");
});

test("the finish owes an answer only where a document asked", () => {
  expect(finished({}).owes).toEqual(["finished", "answer"]);
  expect(finish(makeBroadcast("two"), emptyBooks(), 1).owes).toEqual(["finished"]);
});

test("one that was only checked prunes nothing", () => {
  const books = { resolved: 3, accepted: 1, rejected: { UNREGISTERED: 2 } };
  const broadcast = finished(books, 1, { checkOnly: true });
  expect(broadcast.owes).toEqual(["finished", "answer"]);
  expect(broadcast.pruning).toEqual({ state: "done" });
});

test("why its numbers may differ is told", () => {
  const books = { ...emptyBooks(), withoutAddress: 2, late: 1, rejected: { UNREGISTERED: 3 } };
  expect(differencesFrom({ audience: { platforms: ["android"] }, books })).toEqual([
    "only Android devices are sent to, where older functions sent to all",
    "2 token documents hold no address, and are passed over",
    "1 devices were registered after the document was written",
    "FCM refuses 3 addresses",
    "a device whose address is registered several times is sent to once",
  ]);
});
