import type { Broadcast } from "../domain/broadcast.ts";
import type { Chunk, Member } from "../domain/chunk.ts";
import { rangeId } from "../domain/ids.ts";
import { EVERYTHING, freshRange, type Range } from "../domain/range.ts";
import { type Report, reportsOf } from "../domain/reach.ts";
import type { Ledger } from "../ledger/index.ts";
import { type AudienceDeps, readUnresolved } from "./read-audience.ts";
import { walkRanges } from "./walk-ranges.ts";

export type Listed = Member & Report;

/** The ranges of a broadcast that was released; nothing is resolved where there is none yet. */
export async function rangesOf(
  ledger: Pick<Ledger, "ranges">,
  { id, releasedAt }: Broadcast,
): Promise<Range[]> {
  if (releasedAt === null) return [];
  const ranges = await ledger.ranges(id);
  return ranges.length > 0 ? ranges : [freshRange(rangeId(id, 0), EVERYTHING)];
}

/** Every member of a broadcast once, in the order of addresses, with what came of it. */
export async function* listMembers(
  { ledger }: Pick<AudienceDeps, "ledger">,
  ranges: readonly Range[],
): AsyncGenerator<Listed> {
  for await (const { chunk } of walkRanges(ledger, ranges)) if (chunk) yield* listChunk(chunk);
}

/** The whole audience: as {@link listMembers}, and whom a range never resolved, with its id as the code. */
export async function* listAudience(
  deps: AudienceDeps,
  broadcast: Broadcast,
  ranges: readonly Range[],
): AsyncGenerator<Listed> {
  for await (const { chunk, range } of walkRanges(deps.ledger, ranges)) {
    if (chunk) yield* listChunk(chunk);
    else yield* listUnresolved(deps, broadcast, range);
  }
}

function* listChunk(chunk: Chunk): Generator<Listed> {
  for (const [index, report] of reportsOf(chunk).entries()) {
    const member = chunk.members[index];
    if (member) yield { ...member, ...report };
  }
}

async function* listUnresolved(
  deps: AudienceDeps,
  broadcast: Broadcast,
  range: Range,
): AsyncGenerator<Listed> {
  const report: Report = { reach: "unreached", outcome: "unresolved", code: range.id, says: "" };
  for await (const members of readUnresolved(deps, broadcast, range))
    for (const member of members) yield { ...member, ...report };
}
