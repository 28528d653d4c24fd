import { REFUSED_AS } from "@fanfare/shared/domain/answers";
import type { Books } from "@fanfare/shared/domain/books";
import { type Broadcast, collapseIdOf } from "@fanfare/shared/domain/broadcast";
import { type Chunk, outcomesOf } from "@fanfare/shared/domain/chunk";
import { codeOf, type Outcome } from "@fanfare/shared/domain/outcome";
import type { LogLine, Nature } from "@fanfare/simulator";
import type { Stage } from "./stage.ts";

/** What is left of a broadcast that is over: the pipeline's own records, and FCM's. */
export interface Seen {
  broadcast: Broadcast;
  books: Books;
  chunks: Chunk[];
  /** What FCM remembers of it: a line an address. */
  log: LogLine[];
}

export async function readSeen({ store }: Stage, id: string, log: readonly LogLine[]): Promise<Seen> {
  const broadcast = await store.broadcasts.get(id);
  if (!broadcast?.books) throw new Error(`${id} has no books`);
  const key = collapseIdOf(broadcast);
  return {
    broadcast,
    books: broadcast.books,
    chunks: await Array.fromAsync(store.ledger.chunks(id)),
    log: log.filter((line) => line.broadcast === key),
  };
}

/** Every member's address with its outcome; null where it is open. */
export function* membersOf(chunks: readonly Chunk[]): Generator<[address: string, outcome: Outcome | null]> {
  for (const chunk of chunks)
    for (const [index, outcome] of outcomesOf(chunk).entries())
      yield [chunk.members[index]?.address ?? "", outcome];
}

/** What a code says of the address: that it is dead, in the words of FCM's own documentation. */
const DEAD = new Set(["UNREGISTERED", "INVALID_ARGUMENT"]);

/** The addresses that FCM called dead. */
export function deadOf(chunks: readonly Chunk[]): Set<string> {
  const dead = new Set<string>();
  for (const [address, outcome] of membersOf(chunks))
    if (outcome && DEAD.has(codeOf(outcome) ?? "")) dead.add(address);
  return dead;
}

const REFUSALS = new Set(Object.values(REFUSED_AS));

/** Members that FCM refused in words that may be meant for all, and who were judged one by one. */
export function countRefused(chunks: readonly Chunk[]): number {
  const outcomes = [...membersOf(chunks)].map(([, outcome]) => codeOf(outcome ?? "unknown") ?? "");
  return outcomes.filter((code) => REFUSALS.has(code) && code !== REFUSED_AS.project).length;
}

/** Natures whose addresses get what they deserve. */
const TRUE: ReadonlySet<Nature | undefined> = new Set(["dead", "foreign", "malformed"]);

/** How many answers were not what is true of the address: 429, from 500 on, and any refusal of one that lives. */
export function countOdd(log: readonly LogLine[], natures: ReadonlyMap<string, Nature>): number {
  return log.reduce((total, { address, answers }) => {
    const least = TRUE.has(natures.get(address)) ? "500" : "400";
    return total + answers.filter((answer) => answer === "429" || (answer >= least && answer < "6")).length;
  }, 0);
}
