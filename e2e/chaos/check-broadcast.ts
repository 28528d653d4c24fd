import type { Nature } from "@fanfare/simulator";
import { checkBooks } from "../../cli/src/demo/check-books.ts";
import { membersOf, type Seen } from "./seen.ts";

/** What is known of a broadcast apart from anything the pipeline says. */
export interface Expected {
  /** The addresses that it is to reach. */
  audience: ReadonlySet<string>;
  natures: ReadonlyMap<string, Nature>;
  withoutAddress: number;
  /** Documents that came after the release. */
  latecomers: number;
}

const OUTCOME_OF: Record<Nature, string> = {
  fine: "accepted",
  dead: "rejected(UNREGISTERED)",
  foreign: "rejected(SENDER_ID_MISMATCH)",
  malformed: "rejected(INVALID_ARGUMENT)",
};

/**
 * Promises 1, 2 and 10: the broadcast's books balance, address by address, against FCM's log; every device is in it
 * once and ended as what it is; and what FCM accepted beyond the first was counted beforehand.
 */
export async function checkBroadcast(seen: Seen, expected: Expected): Promise<string[]> {
  const { books, chunks, log } = seen;
  const audience = Array.from(expected.audience, (address) => ({ address }));
  const { differences } = await checkBooks({ audience, books, chunks: each(chunks), log: each(log) });
  return [
    ...differences,
    ...checkNatures(seen, expected),
    ...checkRepeats(seen),
    ...checkRest(seen, expected),
  ];
}

/** A cut-off attempt may leave a member unknown only where the caller asked for that. */
function checkNatures({ broadcast, chunks }: Seen, { natures }: Expected): string[] {
  const mayMiss = broadcast.onCrash === "miss";
  const wrong: Record<string, number> = {};
  for (const [address, outcome] of membersOf(chunks)) {
    const nature = natures.get(address);
    if (!nature || outcome === OUTCOME_OF[nature] || (mayMiss && outcome === "unknown")) continue;
    const what = `${nature} and ended as ${outcome ?? "open"}`;
    wrong[what] = (wrong[what] ?? 0) + 1;
  }
  return Object.entries(wrong).map(([what, count]) => `${count} addresses are ${what}`);
}

function checkRepeats({ broadcast, books, log }: Seen): string[] {
  const repeats = log.reduce((sum, { accepted }) => sum + Math.max(0, accepted - 1), 0);
  const found: string[] = [];
  if (repeats > books.possibleRepeats)
    found.push(`FCM accepted ${repeats} repeats, and ${books.possibleRepeats} were counted`);
  if (broadcast.onCrash === "miss" && books.possibleRepeats > 0)
    found.push(`${books.possibleRepeats} repeats were counted of a broadcast that makes none`);
  return found;
}

function checkRest({ broadcast, books }: Seen, { withoutAddress, latecomers }: Expected): string[] {
  const found: string[] = [];
  const phase = books.resolved === 0 || books.accepted > 0 ? "succeeded" : "failed";
  if (broadcast.phase !== phase) found.push(`it ${broadcast.phase}, and should have ${phase}`);
  if (books.withoutAddress !== withoutAddress)
    found.push(`${books.withoutAddress} documents count as without address, and ${withoutAddress} are`);
  if (books.late > latecomers) found.push(`${books.late} documents count as late, and ${latecomers} were`);
  if (books.unresolvedAbout > 0) found.push(`about ${books.unresolvedAbout} registrations were not read`);
  return found;
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
