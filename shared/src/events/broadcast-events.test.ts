import { expect, test } from "vitest";
import { emptyBooks } from "../domain/books.ts";
import { makeBroadcast } from "../testing/records.ts";
import { broadcastEvents, finishedEvent } from "./broadcast-events.ts";

test("a finished broadcast's event has no field that a reader of an earlier version refuses", () => {
  const books = { ...emptyBooks(), withoutAddress: 3, spaced: 2 };
  const event = broadcastEvents.decode(finishedEvent(makeBroadcast("b", { phase: "succeeded", books })).data);
  expect(event).toMatchObject({ type: "broadcast.finished", books: { ...emptyBooks(), withoutAddress: 3 } });
  expect(event).not.toHaveProperty("books.spaced");
});
