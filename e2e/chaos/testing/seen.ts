import { emptyBooks, enter } from "@fanfare/shared/domain/books";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import { type Chunk, tally } from "@fanfare/shared/domain/chunk";
import { rejected } from "@fanfare/shared/domain/outcome";
import { makeBroadcast } from "@fanfare/shared/testing/records";
import type { LogLine, Nature } from "@fanfare/simulator";
import type { Seen } from "../seen.ts";

/** What became of a device of each nature. */
const PLAYED: [nature: Nature, answers: string[], code?: string][] = [
  ["fine", ["200"]],
  ["fine", ["503", "200"]],
  ["dead", ["404"], "UNREGISTERED"],
  ["foreign", ["403"], "SENDER_ID_MISMATCH"],
  ["malformed", ["400"], "INVALID_ARGUMENT"],
  ["notForTopic", ["400"], "CONTENT_REFUSED"],
  ["bareInvalid", ["400"], "CONTENT_REFUSED"],
  ["bareNotFound", ["404"], "CONTENT_REFUSED"],
  ["bareUnauthenticated", ["401"], "CREDENTIAL_REFUSED"],
  ["withoutKey", ["401"], "THIRD_PARTY_AUTH_ERROR"],
  ["limited", ["429", "429", "200"]],
];
export const NATURES: Nature[] = PLAYED.map(([nature]) => nature);
export const addressOf = (index: number) => `address-${index}`;
export const pathOf = (index: number) => `users/u${index}/fcm_tokens/t`;

export function makeLine(index: number, answers: string[]): LogLine {
  const accepted = answers.filter((answer) => answer === "200").length;
  const address = addressOf(index);
  const attempts = answers.length;
  return { broadcast: "b", address, kind: "token", attempts, accepted, answers, order: [], template: 1 };
}

/** A broadcast to a few devices in which all is well. */
export function makeSeen(): Seen {
  const members = NATURES.map((_, index) => ({
    address: addressOf(index),
    kind: "token" as const,
    path: pathOf(index),
  }));
  const outcomes: Chunk["progress"]["outcomes"] = {};
  for (const [index, [, , code]] of PLAYED.entries()) if (code) outcomes[index] = rejected(code);
  const progress = { open: [], unsure: [], maybe: [], outcomes };
  const chunk: Chunk = {
    id: "b.000.000000",
    state: "settled",
    inHand: false,
    members,
    progress,
    possibleRepeats: 1,
  };
  const log = PLAYED.map(([, answers], index) => makeLine(index, answers));
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
