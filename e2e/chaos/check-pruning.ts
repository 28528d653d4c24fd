import { createHash } from "node:crypto";
import type { RegistrationDocument } from "@fanfare/shared/registrations";
import type { Written } from "./app.ts";
import { deadOf, type Seen } from "./seen.ts";

export interface Pruned extends Written {
  seeded: readonly RegistrationDocument[];
  broadcasts: readonly Pick<Seen, "broadcast" | "books" | "chunks">[];
  /** The documents that are there now. */
  remaining: readonly { path: string; address: string | null }[];
  /** How many documents were pruned, by what the pipeline keeps of each. */
  tombstones: number;
}

/** What nobody can believe: more than this share of at least so many. */
const BEYOND_BELIEF = { share: 0.6, from: 1_000 };

/** Promise 5: exactly those documents are gone whose address is dead and that nobody wrote since. */
export function checkPruning(pruned: Pruned): string[] {
  const { seeded, latecomers, refreshed, remaining, tombstones } = pruned;
  const { dead, found } = judgeStates(pruned);
  const expected = new Map(
    seeded.filter(({ address }) => !dead.has(address ?? "")).map(({ path, address }) => [path, address]),
  );
  const deleted = seeded.length - expected.size;
  for (const { path, address } of [...latecomers, ...refreshed]) expected.set(path, address);
  const there = new Map(remaining.map(({ path, address }) => [path, address || null]));
  const gone = [...expected].filter(([path, address]) => there.get(path) !== address);
  const left = [...there.keys()].filter((path) => !expected.has(path));
  if (gone.length > 0)
    found.push(`${gone.length} documents are gone that were to stay: ${name(gone[0]?.[0])}`);
  if (left.length > 0) found.push(`${left.length} dead documents are left: ${name(left[0])}`);
  // A document that was pruned before the app wrote it again has a tombstone all the same.
  const least = deleted - refreshed.length;
  if (tombstones < least || tombstones > deleted)
    found.push(`${tombstones} documents were remembered as pruned, and ${least} to ${deleted} were`);
  return found;
}

/** The dead addresses of all broadcasts that may prune, and whether those that may not did hold back. */
function judgeStates({ broadcasts }: Pruned): { dead: Set<string>; found: string[] } {
  const all = new Set<string>();
  const found: string[] = [];
  for (const { broadcast, books, chunks } of broadcasts) {
    const dead = deadOf(chunks);
    const { share, from } = BEYOND_BELIEF;
    const withheld = books.resolved >= from && dead.size > books.resolved * share;
    const state = withheld ? "withheld" : "done";
    if (broadcast.pruning.state !== state)
      found.push(`${broadcast.id}: pruning is ${broadcast.pruning.state}, and should be ${state}`);
    if (!withheld) for (const address of dead) all.add(address);
  }
  return { dead: all, found };
}

/** Tells one document from another without naming it. */
function name(path = ""): string {
  return createHash("sha256").update(path).digest("hex").slice(0, 12);
}
