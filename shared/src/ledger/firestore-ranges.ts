import { broadcastOf, chunkId, type RangeId, rangeId } from "../domain/ids.ts";
import type { PlannedPage } from "../domain/plan-chunks.ts";
import {
  addCounts,
  freshRange,
  isOver,
  type Range,
  type RangeCounts,
  readRange,
  stopped,
} from "../domain/range.ts";
import { committed } from "../google/firestore.ts";
import { newChunk } from "./firestore-chunks.ts";
import { holds, isLeased, leased, unleased } from "./firestore-leases.ts";
import { type Decided, encodeNew, type Fields, type Place, type Row } from "./firestore-records.ts";
import type { Page, RangeClaim, RangePort, Written } from "./index.ts";

const FENCED: Decided<Written> = { answer: "fenced" };
const LEASE_FIELDS = ["state", "epoch", "leaseUntil"] as const;
const ALL_FIELDS = [...LEASE_FIELDS, "record"] as const;

export function createRanges(place: Place): RangePort {
  const { timing, decide } = place;

  /** What `work` changes in the range, if the claim still holds it. */
  const held = (
    id: RangeId,
    epoch: number,
    work: (range: Range, time: number) => Omit<Decided<Written>, "answer"> | "fenced",
  ): Promise<Written> =>
    decide<Written>("range", id, ALL_FIELDS, (row, time) => {
      if (!holds(row, epoch)) return FENCED;
      const result = work(parse(row), time);
      return result === "fenced" ? FENCED : { answer: "done", ...result };
    });

  async function openRoot(broadcast: string): Promise<RangeId> {
    const id = rangeId(broadcast, 0);
    const root = freshRange(id, { after: "", upTo: null });
    await place.sync();
    const fields = newRange(root, { hintAt: place.now() + timing.neverClaimedMs });
    const batch = place.firestore.batch().create(place.ref("range", id), encodeNew(fields));
    await committed(batch);
    return id;
  }

  async function openPlanned(
    broadcast: string,
    { chunks, cursor, counts }: PlannedPage,
  ): Promise<"planned" | "exists"> {
    const id = rangeId(broadcast, 0);
    await place.sync();
    const now = place.now();
    const range = readRange(id, { cursor, made: chunks.length, counts });
    const fields = newRange(range, { expiresAt: place.expiry(now) });
    const batch = place.firestore.batch().create(place.ref("range", id), encodeNew(fields));
    for (const [index, members] of chunks.entries()) {
      const chunk = chunkId(id, index);
      batch.create(place.ref("chunk", chunk), encodeNew(newChunk(chunk, members, now + timing.leaseMs)));
    }
    return (await committed(batch)) ? "planned" : "exists";
  }

  const claim = (id: RangeId): Promise<RangeClaim> =>
    decide<RangeClaim>("range", id, ALL_FIELDS, (row, time) => {
      if (!row) return { answer: { kind: "missing" } };
      if (isOver(row)) return { answer: { kind: "closed" } };
      if (isLeased(row, time)) return { answer: { kind: "leased-elsewhere" } };
      const epoch = row.epoch + 1;
      return {
        answer: { kind: "claimed", epoch, range: parse(row) },
        changes: { epoch, ...leased(time + timing.leaseMs), hints: 0 },
      };
    });

  const renew = (id: RangeId, epoch: number): Promise<Written> =>
    decide<Written>("range", id, LEASE_FIELDS, (row, time) => {
      if (!holds(row, epoch)) return FENCED;
      return { answer: "done", changes: leased(time + timing.leaseMs) };
    });

  const addPage = (id: RangeId, epoch: number, page: Page): Promise<Written> =>
    held(id, epoch, (range, time) => {
      if (range.state !== "open" || range.cursor !== page.from) return "fenced";
      const creates = page.chunks.map((members, index) => {
        const chunk = chunkId(id, range.made + index);
        return {
          kind: "chunk" as const,
          id: chunk,
          fields: newChunk(chunk, members, time + timing.neverClaimedMs),
        };
      });
      const next: Range = {
        ...range,
        cursor: page.cursor,
        made: range.made + page.chunks.length,
        published: page.published,
        counts: addCounts(range.counts, page.counts),
      };
      return { changes: recordOf(next), creates };
    });

  const cut = (id: RangeId, epoch: number, bounds: readonly string[]): Promise<Written> =>
    held(id, epoch, (range, time) => {
      if (range.state !== "open" || id !== rangeId(broadcastOf(id), 0)) return "fenced";
      const edges = [range.cursor, ...bounds];
      const creates = edges.map((after, index) => {
        const child = rangeId(broadcastOf(id), index + 1);
        const span = { after, upTo: bounds[index] ?? range.span.upTo };
        return {
          kind: "range" as const,
          id: child,
          fields: newRange(freshRange(child, span), { hintAt: time + timing.neverClaimedMs }),
        };
      });
      return { changes: recordOf({ ...range, state: "cut", children: edges.length }), creates };
    });

  const close = (id: RangeId, epoch: number, counts: RangeCounts): Promise<Written> =>
    held(id, epoch, (range, time) => {
      const sums = addCounts(range.counts, counts);
      const closed: Range = { ...range, state: "closed", published: range.made, counts: sums };
      return { changes: { ...recordOf(closed), ...unleased(null), expiresAt: place.expiry(time) } };
    });

  const bury = (id: RangeId, tries: number, unreadAbout: number): Promise<"again" | "dead" | "left-alone"> =>
    decide<"again" | "dead" | "left-alone">("range", id, ALL_FIELDS, (row, time) => {
      if (!row || isLeased(row, time) || isOver(row)) return { answer: "left-alone" };
      const range = parse(row);
      const deaths = range.deaths + 1;
      if (deaths <= tries) {
        const changes = { ...recordOf({ ...range, deaths }), ...unleased(time + timing.leaseMs) };
        return { answer: "again", changes };
      }
      const dead = recordOf({ ...range, deaths, state: "dead", unreadAbout });
      return { answer: "dead", changes: { ...dead, ...unleased(null), expiresAt: place.expiry(time) } };
    });

  const stop = (id: RangeId, unreadAbout: number): Promise<void> =>
    decide<void>("range", id, ALL_FIELDS, (row, time) => {
      if (!row || isOver(row)) return { answer: undefined };
      const changes = { ...recordOf(stopped(parse(row), unreadAbout)), ...unleased(null) };
      return { answer: undefined, changes: { ...changes, expiresAt: place.expiry(time) } };
    });

  return {
    openRoot,
    openPlanned,
    claimRange: claim,
    renewRange: renew,
    addPage,
    cutRange: cut,
    closeRange: close,
    releaseRange: (id, epoch, afterMs) =>
      held(id, epoch, (_, time) => ({ changes: unleased(time + afterMs) })),
    buryRange: bury,
    stopRange: stop,
    async ranges(broadcast) {
      // Unordered: the order of ids is the order of names, in which Firestore answers.
      const { docs } = await place.all("range", broadcast).select("record").get();
      return docs.map((snapshot) => JSON.parse(snapshot.get("record")) as Range);
    },
  };
}

function newRange(range: Range, times: Fields): Fields {
  return { v: 1, broadcast: broadcastOf(range.id), epoch: 0, hints: 0, ...times, ...recordOf(range) };
}

/** A range as it is stored: its state beside the text, since queries look for it. */
function recordOf(range: Range): Fields {
  return { state: range.state, record: JSON.stringify(range) };
}

function parse({ record }: Row): Range {
  return JSON.parse(record) as Range;
}
