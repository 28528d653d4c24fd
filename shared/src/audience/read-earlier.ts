import type { Broadcasts } from "../broadcasts/index.ts";
import { isBefore } from "../domain/bounds.ts";
import type { Broadcast, Earlier } from "../domain/broadcast.ts";
import { type Chunk, type Member, outcomesOf } from "../domain/chunk.ts";
import type { BroadcastId } from "../domain/ids.ts";
import { mergeBatches } from "../domain/merge-batches.ts";
import { isRetryable, isSeen, type Outcome } from "../domain/outcome.ts";
import type { Plannable } from "../domain/plan-chunks.ts";
import { contains, coverOf, overlap, type Range, type Span } from "../domain/range.ts";
import { TerminalError } from "../errors.ts";
import type { Ledger } from "../ledger/index.ts";
import { walkRanges } from "./walk-ranges.ts";

export interface EarlierDeps {
  broadcasts: Pick<Broadcasts, "get">;
  ledger: Pick<Ledger, "ranges" | "chunks">;
}

/** Reads whom a range of an earlier broadcast never resolved, within a span. */
type ReadUnresolved = (source: Broadcast, range: Range, within: Span) => AsyncIterable<Member[]>;

type EarlierMember = Plannable & Member;

export const MEANT: Record<Earlier["who"], (outcome: Outcome) => boolean> = {
  seen: isSeen,
  retryable: isRetryable,
};

/** Members of earlier broadcasts by what came of them, within a span and in the order of addresses. */
export function readEarlier(
  deps: EarlierDeps,
  { broadcasts, who }: Earlier,
  span: Span,
  readUnresolved: ReadUnresolved,
): AsyncGenerator<Plannable[]> {
  return mergeBatches(broadcasts.map((id) => readSource(deps, id, who, span, readUnresolved)));
}

/** Only what overlaps the span is read. A range that died has failed for all whom it did not resolve. */
async function* readSource(
  { broadcasts, ledger }: EarlierDeps,
  id: BroadcastId,
  who: Earlier["who"],
  span: Span,
  readUnresolved: ReadUnresolved,
): AsyncGenerator<EarlierMember[]> {
  const [source, all] = [await broadcasts.get(id), await ledger.ranges(id)];
  // Records expire. To read nothing then would say that there was nobody.
  if (!source || all.length === 0) throw new TerminalError("SOURCE_MISSING", `there is no record of ${id}`);
  const ranges = all.filter((range) => overlap(coverOf(range), span) !== null);
  for await (const { range, chunk } of walkRanges(ledger, ranges)) {
    if (chunk) {
      yield membersOf(chunk, who, span);
      if (endsBehind(chunk, span)) return;
    } else if (who === "retryable" && range.state === "dead") {
      for await (const members of readUnresolved(source, range, span)) yield members.map(asPlannable);
    }
  }
}

/** Whether nothing behind a chunk is in the span. */
function endsBehind({ members }: Chunk, { upTo }: Span): boolean {
  const last = members.at(-1)?.address;
  return upTo !== null && last !== undefined && !isBefore(last, upTo);
}

function membersOf(chunk: Chunk, who: Earlier["who"], span: Span): EarlierMember[] {
  const outcomes = outcomesOf(chunk);
  const isMeant = MEANT[who];
  const found = chunk.members.filter((_, index) => {
    const outcome = outcomes[index];
    return outcome && isMeant(outcome);
  });
  return found.filter(({ address }) => contains(span, address)).map(asPlannable);
}

/** They were of the audience, whenever they registered: as old as can be, nobody is left out as late. */
function asPlannable(member: Member): EarlierMember {
  return { ...member, deviceType: "", createdAt: 0 };
}
