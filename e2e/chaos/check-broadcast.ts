import { checkBooks } from "@fanfare/demo/check-books";
import {
  CONTENT_REFUSED,
  CREDENTIAL_REFUSED,
  codeOf,
  DEAD_CODES,
  type Outcome,
  outcomeText,
} from "@fanfare/shared/domain/outcome";
import type { Nature } from "@fanfare/simulator";
import { membersOf, type Seen } from "./seen.ts";
import { type Excuse, isExcused } from "./spell.ts";

/** What is known of a broadcast apart from anything the pipeline says. */
export interface Expected {
  /** The addresses that it is to reach. */
  audience: ReadonlySet<string>;
  natures: ReadonlyMap<string, Nature>;
  withoutAddress: number;
  /** Documents that came after the release. */
  latecomers: number;
  /** How else members may have ended, as FCM refused them for a while. */
  excuses: readonly Excuse[];
}

const OUTCOME_OF: Record<Nature, string> = {
  fine: "accepted",
  dead: "rejected(UNREGISTERED)",
  foreign: "rejected(SENDER_ID_MISMATCH)",
  malformed: "rejected(INVALID_ARGUMENT)",
  notForTopic: `rejected(${CONTENT_REFUSED})`,
  bareInvalid: `rejected(${CONTENT_REFUSED})`,
  bareUnauthenticated: `rejected(${CREDENTIAL_REFUSED})`,
  bareNotFound: `rejected(${CONTENT_REFUSED})`,
  withoutKey: "rejected(THIRD_PARTY_AUTH_ERROR)",
  limited: "accepted",
};

/** Natures that FCM refuses as it would refuse everybody. */
const MEANT_FOR_ALL: ReadonlySet<Nature> = new Set([
  "bareInvalid",
  "bareUnauthenticated",
  "bareNotFound",
  "withoutKey",
]);
/** What it says then, where that passes. */
const REFUSALS = [CONTENT_REFUSED, "THIRD_PARTY_AUTH_ERROR"];

/**
 * Promises 1, 2 and 10: the broadcast's books balance, address by address, against FCM's log; every device is in it
 * once and ended as what it is; and what FCM accepted beyond the first was counted beforehand.
 */
export async function checkBroadcast(seen: Seen, expected: Expected): Promise<string[]> {
  const { books, chunks, log } = seen;
  const audience = Array.from(expected.audience, (address) => ({ address }));
  // After any other refusal that passes, what may have been accepted before is unknown.
  const passing = new Set(expected.excuses.map(({ code }) => code).filter((code) => DEAD_CODES.has(code)));
  const evidence = { audience, books, chunks: each(chunks), log: each(log), passing };
  const { differences } = await checkBooks(evidence);
  return [
    ...differences,
    ...checkNatures(seen, expected),
    ...checkRepeats(seen),
    ...checkRest(seen, expected),
  ];
}

function checkNatures({ broadcast, chunks }: Seen, expected: Expected): string[] {
  const wrong: Record<string, number> = {};
  for (const chunk of chunks) {
    const mayBeUnknown =
      broadcast.onCrash === "miss" ? "all" : chunk.possibleRepeats > 0 ? "refused" : "none";
    for (const [address, outcome] of membersOf([chunk])) {
      const nature = expected.natures.get(address);
      if (!nature || isRight({ address, nature, outcome }, mayBeUnknown, expected)) continue;
      const what = `${nature} and ended as ${outcome ? outcomeText(outcome) : "open"}`;
      wrong[what] = (wrong[what] ?? 0) + 1;
    }
  }
  return Object.entries(wrong).map(([what, count]) => `${count} addresses are ${what}`);
}

type Ended = { address: string; nature: Nature; outcome: Outcome | null };

/**
 * A cut-off attempt may leave a member unknown where the caller asked for that, or where a repeat of it was refused in
 * words that may be meant for all: an earlier attempt may have been accepted all the same.
 */
function isRight(
  { address, nature, outcome }: Ended,
  mayBeUnknown: "all" | "refused" | "none",
  { excuses }: Expected,
): boolean {
  if (outcome === null) return false;
  if (outcomeText(outcome) === OUTCOME_OF[nature]) return true;
  if (outcome !== "unknown") return isExcused(excuses, { address, nature, code: codeOf(outcome) });
  if (mayBeUnknown !== "refused") return mayBeUnknown === "all";
  return MEANT_FOR_ALL.has(nature) || REFUSALS.some((code) => isExcused(excuses, { address, nature, code }));
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
