import { isDeepStrictEqual } from "node:util";
import type { Held } from "./hold.ts";
import { membersOf, type Seen } from "./seen.ts";

/**
 * Promise 8: while the gate was closed nothing was sent; whom the ledger named reached, unreached or unknown then is
 * the audience, by name; and nobody who had an outcome was sent to again.
 */
export function checkHeld(held: Held, { chunks, log }: Pick<Seen, "chunks" | "log">): string[] {
  const found: string[] = [];
  if (held.after !== held.before)
    found.push(`${held.after - held.before} messages were sent while it was held`);
  const members = new Map(membersOf(chunks));
  const strangers = [...held.outcomes.keys()].filter((address) => !members.has(address)).length;
  const missing = [...members.keys()].filter((address) => !held.outcomes.has(address)).length;
  if (strangers + missing > 0)
    found.push(`while it was held, the ledger lacked ${missing} members and had ${strangers} others`);
  const ended = [...held.outcomes].filter(([, outcome]) => outcome !== null);
  const changed = ended.filter(
    ([address, outcome]) => !isDeepStrictEqual(members.get(address), outcome),
  ).length;
  if (changed > 0) found.push(`${changed} outcomes changed after it was held`);
  const attempts = new Map(log.map((line) => [line.address, line.attempts]));
  const again = ended.filter(([address]) => attempts.get(address) !== held.attempts.get(address)).length;
  if (again > 0) found.push(`${again} members with an outcome were sent to again after it was held`);
  return found;
}
