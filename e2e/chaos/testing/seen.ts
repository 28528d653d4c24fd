import { emptyBooks, enter } from "@fanfare/shared/domain/books";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import { type Chunk, tally } from "@fanfare/shared/domain/chunk";
import { makeBroadcast } from "@fanfare/shared/testing/records";
import type { LogLine, Nature } from "@fanfare/simulator";
import type { Seen } from "../seen.ts";

export const NATURES: Nature[] = ["fine", "fine", "dead", "foreign", "malformed"];
const ANSWERS = [["200"], ["503", "200"], ["404"], ["403"], ["400"]];
const CODES = { dead: "UNREGISTERED", foreign: "SENDER_ID_MISMATCH", malformed: "INVALID_ARGUMENT" };
export const addressOf = (index: number) => `address-${index}`;
export const pathOf = (index: number) => `users/u${index}/fcm_tokens/t`;

export function makeLine(index: number, answers: string[]): LogLine {
  const accepted = answers.filter((answer) => answer === "200").length;
  const address = addressOf(index);
  const attempts = answers.length;
  return { broadcast: "b", address, kind: "token", attempts, accepted, answers, order: [], template: 1 };
}

/** A broadcast to five devices in which all is well. */
export function makeSeen(): Seen {
  const members = NATURES.map((_, index) => ({
    address: addressOf(index),
    kind: "token" as const,
    path: pathOf(index),
  }));
  const outcomes: Chunk["progress"]["outcomes"] = {};
  for (const [index, nature] of NATURES.entries())
    if (nature !== "fine") outcomes[index] = `rejected(${CODES[nature]})`;
  const progress = { open: [], unsure: [], maybe: [], outcomes };
  const chunk: Chunk = {
    id: "b.000.000000",
    state: "settled",
    inHand: false,
    members,
    progress,
    possibleRepeats: 1,
  };
  const log = ANSWERS.map((answers, index) => makeLine(index, answers));
  return count({ broadcast: makeEnded(), books: emptyBooks(), chunks: [chunk], log });
}

/** With the books that its chunks add up to. */
export function count(seen: Seen): Seen {
  const books = { ...emptyBooks(), withoutAddress: 2 };
  for (const { members, progress, possibleRepeats } of seen.chunks)
    enter(books, tally(members.length, progress, possibleRepeats));
  return { ...seen, books };
}

export function makeEnded(): Broadcast {
  return makeBroadcast("b", { id: "b", phase: "succeeded", pruning: { state: "done" } });
}
