import { broadcastOf, type RangeId, rangeId } from "../domain/ids.ts";
import type { PlannedPage } from "../domain/plan-chunks.ts";
import { addCounts, freshRange, isOver, type Range, readRange, type Span, stopped } from "../domain/range.ts";
import type { Database } from "../sqlite/database.ts";
import type { Page, RangeClaim, RangePort, Written } from "./index.ts";
import type { InsertChunks } from "./sqlite-chunks.ts";
import type { LedgerTiming } from "./timing.ts";

interface Row {
  id: string;
  epoch: number;
  lease_until: number | null;
  record: string;
}

export function createRanges(
  { sql, write }: Database,
  timing: LedgerTiming,
  now: () => number,
  insertChunks: InsertChunks,
) {
  const find = (id: RangeId) =>
    sql("SELECT id, epoch, lease_until, record FROM ranges WHERE id = ?").get(id) as unknown as
      | Row
      | undefined;
  const parse = (row: Row) => JSON.parse(row.record) as Range;
  const all = (broadcast: string) =>
    (sql("SELECT record FROM ranges WHERE broadcast = ? ORDER BY id").all(broadcast) as unknown as Row[]).map(
      parse,
    );

  /** Creates the range, unless it exists. `hintAt`: when the tick is to look at it; null for never. */
  function insert(range: Range, hintAt: number | null): void {
    sql("INSERT OR IGNORE INTO ranges (id, broadcast, state, hint_at, record) VALUES (?, ?, ?, ?, ?)").run(
      range.id,
      broadcastOf(range.id),
      range.state,
      hintAt,
      JSON.stringify(range),
    );
  }

  const insertFresh = (id: RangeId, span: Span) =>
    insert(freshRange(id, span), now() + timing.neverClaimedMs);

  function store(range: Range): void {
    sql("UPDATE ranges SET state = ?, record = ? WHERE id = ?").run(
      range.state,
      JSON.stringify(range),
      range.id,
    );
  }

  /** Ends the lease. `hintAt`: when the tick is to look at it again; null for never. */
  function unlease(id: RangeId, hintAt: number | null): void {
    sql("UPDATE ranges SET lease_until = NULL, hint_at = ?, hints = 0 WHERE id = ?").run(hintAt, id);
  }

  /** Runs `work` on the range if the claim still holds it; what it returns is stored. */
  function held(id: RangeId, epoch: number, work: (range: Range) => Range | "fenced"): Written {
    return write(() => {
      const row = find(id);
      if (!row || row.epoch !== epoch || row.lease_until === null) return "fenced";
      const result = work(parse(row));
      if (result === "fenced") return "fenced";
      store(result);
      return "done";
    });
  }

  function claim(id: RangeId): RangeClaim {
    return write(() => {
      const row = find(id);
      if (!row) return { kind: "missing" };
      const range = parse(row);
      if (isOver(range)) return { kind: "closed" };
      if (row.lease_until !== null && row.lease_until > now()) return { kind: "leased-elsewhere" };
      const epoch = row.epoch + 1;
      const until = now() + timing.leaseMs;
      sql("UPDATE ranges SET epoch = ?, lease_until = ?, hint_at = ?, hints = 0 WHERE id = ?").run(
        epoch,
        until,
        until,
        id,
      );
      return { kind: "claimed", epoch, range };
    });
  }

  function openPlanned(broadcast: string, { chunks, cursor, counts }: PlannedPage): "planned" | "exists" {
    return write(() => {
      const id = rangeId(broadcast, 0);
      if (find(id)) return "exists";
      insertChunks({ id, made: 0 }, chunks, timing.leaseMs);
      insert(readRange(id, { cursor, made: chunks.length, counts }), null);
      return "planned";
    });
  }

  function addPage(range: Range, page: Page): Range | "fenced" {
    if (range.state !== "open" || range.cursor !== page.from) return "fenced";
    insertChunks(range, page.chunks, timing.neverClaimedMs);
    return {
      ...range,
      cursor: page.cursor,
      made: range.made + page.chunks.length,
      published: page.published,
      counts: addCounts(range.counts, page.counts),
    };
  }

  function cut(range: Range, bounds: readonly string[]): Range | "fenced" {
    if (range.state !== "open" || range.id !== rangeId(broadcastOf(range.id), 0)) return "fenced";
    const edges = [range.cursor, ...bounds];
    edges.forEach((after, index) => {
      insertFresh(rangeId(broadcastOf(range.id), index + 1), {
        after,
        upTo: bounds[index] ?? range.span.upTo,
      });
    });
    return { ...range, state: "cut", children: edges.length };
  }

  function bury(id: RangeId, tries: number, unreadAbout: number): "again" | "dead" | "left-alone" {
    return write(() => {
      const row = find(id);
      if (!row || (row.lease_until !== null && row.lease_until > now())) return "left-alone";
      const range = parse(row);
      if (isOver(range)) return "left-alone";
      const deaths = range.deaths + 1;
      const dead = deaths > tries;
      store({ ...range, deaths, ...(dead && { state: "dead", unreadAbout }) });
      unlease(id, dead ? null : now() + timing.leaseMs);
      return dead ? "dead" : "again";
    });
  }

  function stop(id: RangeId, unreadAbout: number): void {
    write(() => {
      const row = find(id);
      if (!row) return;
      const range = parse(row);
      if (isOver(range)) return;
      store(stopped(range, unreadAbout));
      unlease(id, null);
    });
  }

  const port: RangePort = {
    async openRoot(broadcast) {
      const id = rangeId(broadcast, 0);
      insertFresh(id, { after: "", upTo: null });
      return id;
    },
    openPlanned: async (broadcast, page) => openPlanned(broadcast, page),
    claimRange: async (id) => claim(id),
    async renewRange(id, epoch) {
      const until = now() + timing.leaseMs;
      const text =
        "UPDATE ranges SET lease_until = ?, hint_at = ? WHERE id = ? AND epoch = ? AND lease_until IS NOT NULL";
      return sql(text).run(until, until, id, epoch).changes === 1 ? "done" : "fenced";
    },
    addPage: async (id, epoch, page) => held(id, epoch, (range) => addPage(range, page)),
    cutRange: async (id, epoch, bounds) => held(id, epoch, (range) => cut(range, bounds)),
    closeRange: async (id, epoch, counts) =>
      held(id, epoch, (range) => {
        unlease(id, null);
        return { ...range, state: "closed", published: range.made, counts: addCounts(range.counts, counts) };
      }),
    releaseRange: async (id, epoch, afterMs) =>
      held(id, epoch, (range) => {
        unlease(id, now() + afterMs);
        return range;
      }),
    buryRange: async (id, tries, unreadAbout) => bury(id, tries, unreadAbout),
    stopRange: async (id, unreadAbout) => stop(id, unreadAbout),
    ranges: async (broadcast) => all(broadcast),
  };
  return { port, all };
}
