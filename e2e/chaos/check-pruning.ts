import { createHash } from "node:crypto";
import type { RegistrationDocument } from "@fanfare/shared/registrations";
import type { Written } from "./app.ts";
import { deadOf, type Seen } from "./seen.ts";

export interface Pruned extends Written {
  seeded: readonly RegistrationDocument[];
  broadcasts: readonly Pick<Seen, "broadcast" | "books" | "chunks">[];
  /** Whether FCM called living addresses dead for a while. */
  calledDead: boolean;
  /** The documents that are there now. */
  remaining: readonly { path: string; address: string | null }[];
  /** How many documents were pruned, by what the pipeline keeps of each. */
  tombstones: number;
}

/** What nobody can believe: more than this share of at least so many. */
const BEYOND_BELIEF = { share: 0.6, from: 1_000 };
/**
 * What may be so for the installation as a whole, in which every broadcast's answers count until the moment that it is
 * judged: less, as the moment is not known, and repeats count again.
 */
const DOUBTFUL = { share: 0.5, from: 500 };

/** Promise 5: exactly those documents are gone whose address is dead and that nobody wrote since. */
export function checkPruning(pruned: Pruned): string[] {
  const { seeded, latecomers, refreshed, remaining, tombstones } = pruned;
  const { dead, doubted, found } = judgeStates(pruned);
  const has = (set: Set<string>) => seeded.filter(({ address }) => set.has(address ?? ""));
  const expected = new Map(seeded.map(({ path, address }) => [path, address]));
  for (const { path } of [...has(dead), ...has(doubted)]) expected.delete(path);
  const deleted = has(dead).length;
  const perhaps = new Set(has(doubted).map(({ path }) => path));
  for (const { path, address } of [...latecomers, ...refreshed]) expected.set(path, address);
  const there = new Map(remaining.map(({ path, address }) => [path, address || null]));
  const gone = [...expected].filter(([path, address]) => there.get(path) !== address);
  const left = [...there.keys()].filter((path) => !expected.has(path) && !perhaps.has(path));
  if (gone.length > 0)
    found.push(`${gone.length} documents are gone that were to stay: ${name(gone[0]?.[0])}`);
  if (left.length > 0) found.push(`${left.length} dead documents are left: ${name(left[0])}`);
  // A document that was pruned before the app wrote it again has a tombstone all the same.
  const least = deleted - refreshed.length;
  if (tombstones < least || tombstones > deleted + perhaps.size)
    found.push(`${tombstones} documents were remembered as pruned, and ${least} to ${deleted} were`);
  return found;
}

interface States {
  /** The dead addresses of all broadcasts that may prune. */
  dead: Set<string>;
  /** Those of broadcasts that were stopped, perhaps half-way, because most answers of the round spoke of dead ones. */
  doubted: Set<string>;
  found: string[];
}

/** Also judges whether the broadcasts that may not prune did hold back. */
function judgeStates({ broadcasts, calledDead }: Pruned): States {
  const all = new Set<string>();
  const doubted = new Set<string>();
  const found: string[] = [];
  const doubtful = isDoubtful(broadcasts, calledDead);
  for (const { broadcast, books, chunks } of broadcasts) {
    const dead = deadOf(chunks);
    const withheld = isBeyond(BEYOND_BELIEF, dead.size, books.resolved);
    const state = withheld ? "withheld" : "done";
    if (doubtful && !withheld && broadcast.pruning.state === "withheld") {
      for (const address of dead) doubted.add(address);
      continue;
    }
    if (broadcast.pruning.state !== state)
      found.push(`${broadcast.id}: pruning is ${broadcast.pruning.state}, and should be ${state}`);
    else if (!withheld) for (const address of dead) all.add(address);
  }
  for (const address of all) doubted.delete(address);
  return { dead: all, doubted, found };
}

function isBeyond({ share, from }: typeof BEYOND_BELIEF, dead: number, of: number): boolean {
  return of >= from && dead > of * share;
}

/**
 * Whether senders may at some moment have doubted all that was answered. Where many were called dead for a while only,
 * they may have done so then, whatever the answers are in sum.
 */
function isDoubtful(broadcasts: Pruned["broadcasts"], calledDead: boolean): boolean {
  const dead = broadcasts.reduce((sum, { chunks }) => sum + deadOf(chunks).size, 0);
  const resolved = broadcasts.reduce((sum, { books }) => sum + books.resolved, 0);
  return calledDead ? dead > DOUBTFUL.share * DOUBTFUL.from : isBeyond(DOUBTFUL, dead, resolved);
}

/** Tells one document from another without naming it. */
function name(path = ""): string {
  return createHash("sha256").update(path).digest("hex").slice(0, 12);
}
