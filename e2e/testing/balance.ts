import { type Books, emptyBooks, enter } from "@fanfare/shared/domain/books";
import { type Chunk, outcomesOf, tally } from "@fanfare/shared/domain/chunk";
import { codeOf, type Outcome, outcomeText } from "@fanfare/shared/domain/outcome";

/** What FCM itself knows, and who was to be reached. */
export interface Truth {
  audience: ReadonlySet<string>;
  /** How often FCM accepted a message to this address. */
  acceptedOf: (address: string) => number;
  /** The codes by which FCM may have refused this address for good. */
  codesOf: (address: string) => readonly string[];
}

/**
 * Whatever does not agree between a finished broadcast's ledger and FCM's own knowledge, in words: every address of
 * the audience is in one chunk, once; what was accepted is said to be, or unknown; nobody was accepted more often
 * than was counted; and the books are what the chunks add up to.
 */
export function findImbalances(chunks: readonly Chunk[], books: Books, truth: Truth): string[] {
  const found: string[] = [];
  const members = new Set<string>();
  for (const chunk of chunks) {
    let repeats = 0;
    for (const [index, outcome] of outcomesOf(chunk).entries()) {
      const address = chunk.members[index]?.address ?? "";
      if (members.has(address)) found.push(`${address} is in the ledger twice`);
      members.add(address);
      const accepted = truth.acceptedOf(address);
      repeats += Math.max(0, accepted - 1);
      if (!agrees(outcome, accepted, truth.codesOf(address)))
        found.push(`${address} is ${outcome && outcomeText(outcome)}, and FCM accepted ${accepted}`);
    }
    if (repeats > chunk.possibleRepeats)
      found.push(`${chunk.id} was repeated ${repeats} times, and ${chunk.possibleRepeats} were counted`);
    if (chunk.state !== "settled") found.push(`${chunk.id} is ${chunk.state}`);
  }
  for (const address of truth.audience) if (!members.has(address)) found.push(`${address} is in no chunk`);
  for (const address of members)
    if (!truth.audience.has(address)) found.push(`${address} is not of the audience`);
  return [...found, ...compareBooks(chunks, books)];
}

function agrees(outcome: Outcome | null, accepted: number, codes: readonly string[]): boolean {
  if (outcome === null) return false;
  if (outcome === "unknown") return true;
  if (outcome === "accepted") return accepted > 0;
  const code = codeOf(outcome);
  return accepted === 0 && (code === undefined || codes.includes(code));
}

function compareBooks(chunks: readonly Chunk[], books: Books): string[] {
  const sum = emptyBooks();
  for (const { members, progress, possibleRepeats } of chunks)
    enter(sum, tally(members.length, progress, possibleRepeats));
  const { withoutAddress, spaced = 0, late, unresolvedAbout } = books;
  const [counted, stored] = [{ ...sum, withoutAddress, late, unresolvedAbout }, books].map((one) =>
    JSON.stringify({ ...one, spaced, rejected: Object.entries(one.rejected).toSorted() }),
  );
  return counted === stored ? [] : [`the books are ${stored}, and the chunks add up to ${counted}`];
}
