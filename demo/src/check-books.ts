import { type Books, emptyBooks, enter } from "@fanfare/shared/domain/books";
import { type Chunk, outcomesOf, tally } from "@fanfare/shared/domain/chunk";
import {
  CONTENT_REFUSED,
  CREDENTIAL_REFUSED,
  codeOf,
  type Outcome,
  outcomeText,
} from "@fanfare/shared/domain/outcome";
import type { LogLine } from "@fanfare/simulator";
import type { Device } from "./seed.ts";

/** The answers by which FCM gives each code away. */
const STATUSES_OF: Record<string, readonly string[]> = {
  UNREGISTERED: ["404"],
  SENDER_ID_MISMATCH: ["403"],
  INVALID_ARGUMENT: ["400"],
  THIRD_PARTY_AUTH_ERROR: ["401"],
  [CONTENT_REFUSED]: ["400", "404"],
  [CREDENTIAL_REFUSED]: ["401"],
};
/** Answers after which nothing is left open. */
const DEFINITE = new Set(["200", ...Object.values(STATUSES_OF).flat()]);

/** Differences shown, at most: one is enough to fail, a few help to find out why. */
const SHOWN = 10;

export interface Evidence {
  /** Who was to be reached, by what was seeded. */
  audience: readonly Pick<Device, "address">[];
  books: Books;
  chunks: AsyncIterable<Chunk>;
  log: AsyncIterable<LogLine>;
  /** Codes with which FCM refused many for a while: a member that it had accepted may have got one at a repeat. */
  passing?: ReadonlySet<string>;
}

export interface BooksFinding {
  balanced: boolean;
  /** What does not agree, in words without addresses. */
  differences: string[];
  /** Answers that left the sender unsure, and after which it sent again. */
  retriedUnsure: number;
}

type Differ = (text: string) => void;
type Log = Map<string, LogLine>;

/**
 * Compares the ledger with the simulator's own log, address by address: every address of the audience is in exactly
 * one chunk and nobody else is; each outcome is what the simulator remembers; nobody was accepted more often than his
 * chunk admits; and the books are what the chunks add up to.
 */
export async function checkBooks(evidence: Evidence): Promise<BooksFinding> {
  const { audience, books, chunks, log, passing = new Set() } = evidence;
  const differences: string[] = [];
  const differ: Differ = (text) => void differences.push(text);
  const sent = await readLog(log, differ);
  const missing = new Set(audience.map(({ address }) => address));
  const expected = new Set(missing);
  const counted = emptyBooks();
  for await (const chunk of chunks) {
    enter(counted, tally(chunk.members.length, chunk.progress, chunk.possibleRepeats));
    checkMembers(chunk, expected, missing, differ);
    checkOutcomes(chunk, sent, passing, differ);
  }
  if (missing.size > 0) differ(`${missing.size} addresses of the audience are not in the ledger`);
  const strangers = [...sent.keys()].filter((address) => !expected.has(address));
  if (strangers.length > 0) differ(`${strangers.length} addresses were sent to that are not in the audience`);
  compareBooks(books, counted, differ);
  const shown = differences.slice(0, SHOWN);
  return { balanced: differences.length === 0, differences: shown, retriedUnsure: countRetried(sent) };
}

async function readLog(log: AsyncIterable<LogLine>, differ: Differ): Promise<Log> {
  const sent: Log = new Map();
  for await (const line of log) {
    if (sent.has(line.address)) differ("an address was sent to under two tags");
    sent.set(line.address, line);
  }
  return sent;
}

/** Who is in the chunk. Takes them from those who are missing. */
function checkMembers(
  { id, members }: Chunk,
  expected: Set<string>,
  missing: Set<string>,
  differ: Differ,
): void {
  for (const [index, { address }] of members.entries()) {
    if (!expected.has(address)) differ(`${id}[${index}] is not in the audience`);
    else if (!missing.delete(address)) differ(`${id}[${index}] is in the ledger twice`);
  }
}

function checkOutcomes(chunk: Chunk, sent: Log, passing: ReadonlySet<string>, differ: Differ): void {
  let repeats = 0;
  for (const [index, outcome] of outcomesOf(chunk).entries()) {
    const line = sent.get(chunk.members[index]?.address ?? "");
    repeats += Math.max(0, (line?.accepted ?? 0) - 1);
    if (agrees(outcome, line, passing)) continue;
    const seen = line?.answers.join(" ") ?? "nothing";
    differ(`${chunk.id}[${index}] is ${outcome ? outcomeText(outcome) : "open"}, and FCM saw ${seen}`);
  }
  if (repeats > chunk.possibleRepeats)
    differ(`${chunk.id} was repeated ${repeats} times, and counted ${chunk.possibleRepeats}`);
}

/** Whether an outcome is what became of the address at FCM. */
function agrees(outcome: Outcome | null, line: LogLine | undefined, passing: ReadonlySet<string>): boolean {
  const accepted = line?.accepted ?? 0;
  const last = line?.answers.at(-1) ?? "";
  if (outcome === null) return false;
  if (outcome === "accepted") return accepted > 0;
  if (outcome === "unknown") return true;
  const code = codeOf(outcome) ?? "";
  const statuses = STATUSES_OF[code];
  const fits = statuses === undefined ? !DEFINITE.has(last) : statuses.includes(last);
  return fits && (accepted === 0 || passing.has(code));
}

/** The stored books against what the chunks add up to. */
function compareBooks(stored: Books, counted: Books, differ: Differ): void {
  const compare = (what: string, said = 0, found = 0) => {
    if (said !== found) differ(`the books say ${what} ${said}, the chunks ${found}`);
  };
  for (const key of ["resolved", "accepted", "expired", "cancelled", "unknown", "open"] as const)
    compare(key, stored[key], counted[key]);
  compare("possible repeats", stored.possibleRepeats, counted.possibleRepeats);
  const codes = new Set([...Object.keys(stored.rejected), ...Object.keys(counted.rejected)]);
  for (const code of codes) compare(code, stored.rejected[code], counted.rejected[code]);
}

function countRetried(sent: Log): number {
  const isUnsure = (answer: string) => answer.startsWith("5") || answer === "dropped" || answer === "gone";
  let retried = 0;
  for (const { answers } of sent.values()) retried += answers.slice(0, -1).filter(isUnsure).length;
  return retried;
}
