import type { Books } from "@fanfare/shared/domain/books";
import { emptyBooks, enter } from "@fanfare/shared/domain/books";
import { type Chunk, outcomesOf, tally } from "@fanfare/shared/domain/chunk";
import { codeOf, type Outcome } from "@fanfare/shared/domain/outcome";
import type { Platform } from "@fanfare/shared/domain/registration";
import type { LogLine } from "@fanfare/simulator";
import type { Seeded } from "./seed.ts";

/** The answer by which FCM gives each code away. */
const STATUS_OF: Record<string, string> = {
  UNREGISTERED: "404",
  SENDER_ID_MISMATCH: "403",
  INVALID_ARGUMENT: "400",
};

/** Differences shown, at most: one is enough to fail, a few help to find out why. */
const SHOWN = 10;

export interface Evidence {
  seeded: Seeded;
  platform: Platform | undefined;
  books: Books;
  chunks: AsyncIterable<Chunk>;
  log: AsyncIterable<LogLine>;
}

export interface Finding {
  balanced: boolean;
  /** What does not agree, in words without addresses. */
  differences: string[];
  /** Answers that left the sender unsure, and after which it sent again. */
  retriedUnsure: number;
}

/**
 * Compares the ledger with the simulator's own log, address by address: every seeded address of the audience is in
 * exactly one chunk and nobody else is; each outcome is what the simulator remembers; nobody was accepted more often
 * than his chunk admits; and the books are what the chunks add up to.
 */
export async function checkBooks({ seeded, platform, books, chunks, log }: Evidence): Promise<Finding> {
  const differences: string[] = [];
  const differ = (text: string) => differences.push(text);
  const sent = new Map<string, LogLine>();
  let retriedUnsure = 0;
  for await (const line of log) {
    sent.set(line.address, line);
    retriedUnsure += line.answers.slice(0, -1).filter(isUnsure).length;
  }
  const met = new Set<string>();
  const counted = emptyBooks();
  for await (const chunk of chunks) {
    enter(counted, tally(chunk.members.length, chunk.progress, chunk.possibleRepeats));
    let repeats = 0;
    for (const [index, outcome] of outcomesOf(chunk).entries()) {
      const address = chunk.members[index]?.address ?? "";
      const device = seeded.devices.get(address);
      if (!device || (platform && device.platform !== platform))
        differ(`${chunk.id}[${index}] is not in the audience`);
      if (met.has(address)) differ(`${chunk.id}[${index}] is in the ledger twice`);
      met.add(address);
      const line = sent.get(address);
      repeats += Math.max(0, (line?.accepted ?? 0) - 1);
      if (!agrees(outcome, line))
        differ(
          `${chunk.id}[${index}] is ${outcome ?? "open"}, and FCM saw ${line?.answers.join(" ") ?? "nothing"}`,
        );
    }
    if (repeats > chunk.possibleRepeats)
      differ(`${chunk.id} was repeated ${repeats} times, and counted ${chunk.possibleRepeats}`);
  }
  for (const address of sent.keys())
    if (!met.has(address)) differ("an address was sent to that is not in the ledger");
  const audience = [...seeded.devices.values()].filter(
    (device) => !platform || device.platform === platform,
  ).length;
  if (audience !== met.size) differ(`the audience has ${audience} addresses, and the ledger ${met.size}`);
  compareBooks(books, counted, differ);
  return { balanced: differences.length === 0, differences: differences.slice(0, SHOWN), retriedUnsure };
}

/** Whether an outcome is what became of the address at FCM. */
function agrees(outcome: Outcome | null, line: LogLine | undefined): boolean {
  const accepted = line?.accepted ?? 0;
  if (outcome === "accepted") return accepted > 0;
  if (outcome === "unknown") return true;
  if (outcome === null) return false;
  const status = STATUS_OF[codeOf(outcome) ?? ""];
  return accepted === 0 && (status === undefined || line?.answers.at(-1) === status);
}

function isUnsure(answer: string): boolean {
  return answer.startsWith("5") || answer === "dropped" || answer === "gone";
}

/** The stored books against what the chunks add up to. */
function compareBooks(stored: Books, counted: Books, differ: (text: string) => void): void {
  const keys = [
    "resolved",
    "accepted",
    "expired",
    "cancelled",
    "unknown",
    "open",
    "possibleRepeats",
  ] as const;
  for (const key of keys)
    if (stored[key] !== counted[key])
      differ(`the books say ${key} ${stored[key]}, the chunks ${counted[key]}`);
  const codes = new Set([...Object.keys(stored.rejected), ...Object.keys(counted.rejected)]);
  for (const code of codes) {
    if (stored.rejected[code] !== counted.rejected[code])
      differ(`the books say ${code} ${stored.rejected[code]}, the chunks ${counted.rejected[code]}`);
  }
}
