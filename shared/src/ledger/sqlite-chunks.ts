import type { Tally } from "../domain/books.ts";
import { type Broadcast, isWaiting, type OnCrash } from "../domain/broadcast.ts";
import {
  abandon,
  type Chunk,
  claimProgress,
  freshProgress,
  type Member,
  type Progress,
  tally,
} from "../domain/chunk.ts";
import { broadcastOf, type ChunkId, chunkId } from "../domain/ids.ts";
import type { Outcome } from "../domain/outcome.ts";
import type { Range } from "../domain/range.ts";
import type { Database, SQLInputValue } from "../sqlite/database.ts";
import type { ChunkClaim, ChunkPort, Written } from "./index.ts";
import type { LedgerTiming } from "./timing.ts";

interface Row {
  id: string;
  state: "open" | "settled";
  parked: number;
  epoch: number;
  lease_until: number | null;
  not_before: number;
  first_claimed_at: number | null;
  hand_backs: number;
  members: number;
  possible_repeats: number;
  progress: string | null;
}

/** Creates the chunks that come next in a range, inside the caller's transaction, to be hinted at after `afterMs`. */
export type InsertChunks = (
  range: Pick<Range, "id" | "made">,
  chunks: readonly Member[][],
  afterMs: number,
) => void;

const READ_AT_ONCE = 40;
const CLOSED_AT_ONCE = 50;

export function createChunks({ sql, read, write }: Database, timing: LedgerTiming, now: () => number) {
  const find = (id: ChunkId) =>
    sql("SELECT * FROM chunks WHERE id = ?").get(id) as unknown as Row | undefined;
  const progressOf = (row: Row) =>
    row.progress === null ? freshProgress(row.members) : (JSON.parse(row.progress) as Progress);
  const membersOf = (id: ChunkId) =>
    JSON.parse(String(sql("SELECT members FROM chunk_members WHERE chunk = ?").get(id)?.members)) as Member[];

  const chunkOf = (row: Row, progress = progressOf(row)): Chunk => ({
    id: row.id,
    state: row.state,
    inHand: row.lease_until !== null,
    members: membersOf(row.id),
    progress,
    possibleRepeats: row.possible_repeats,
  });

  const insert: InsertChunks = (range, chunks, afterMs) => {
    const chunk = sql(
      "INSERT INTO chunks (id, broadcast, state, hint_at, members) VALUES (?, ?, 'open', ?, ?)",
    );
    const list = sql("INSERT INTO chunk_members (chunk, members) VALUES (?, ?)");
    const hintAt = now() + afterMs;
    chunks.forEach((members, index) => {
      const id = chunkId(range.id, range.made + index);
      chunk.run(id, broadcastOf(id), hintAt, members.length);
      list.run(id, JSON.stringify(members));
    });
  };

  /** Writes a chunk's progress, the counts that follow from it, and the further columns given. */
  function store(
    row: Row,
    progress: Progress,
    repeats: number,
    columns: Record<string, SQLInputValue>,
  ): void {
    const counts = tally(row.members, progress, repeats);
    const values: Record<string, SQLInputValue> = {
      ...columns,
      progress: JSON.stringify(progress),
      accepted: counts.accepted,
      rejected: Object.values(counts.rejected).reduce((total, count) => total + count, 0),
      expired: counts.expired,
      cancelled: counts.cancelled,
      unknown: counts.unknown,
      possible_repeats: repeats,
    };
    const assignments = Object.keys(values).map((column) => `${column} = ?`);
    sql(`UPDATE chunks SET ${assignments.join(", ")} WHERE id = ?`).run(...Object.values(values), row.id);
  }

  /** Runs `work` on the chunk if the claim still holds it. */
  function held<T>(id: ChunkId, epoch: number, work: (row: Row) => T): T | "fenced" {
    return write(() => {
      const row = find(id);
      return row && row.epoch === epoch && row.lease_until !== null ? work(row) : "fenced";
    });
  }

  function claim(id: ChunkId, onCrash: OnCrash): ChunkClaim {
    return write(() => {
      const row = find(id);
      const time = now();
      if (!row) return { kind: "missing" };
      if (row.state === "settled") return { kind: "settled" };
      if (row.parked) return { kind: "parked" };
      if (row.lease_until !== null && row.lease_until > time) return { kind: "leased-elsewhere" };
      if (row.not_before > time) return { kind: "not-before" };
      const { progress, repeats } = claimProgress(progressOf(row), row.lease_until !== null, onCrash);
      const [epoch, until] = [row.epoch + 1, time + timing.leaseMs];
      const possibleRepeats = row.possible_repeats + repeats;
      const firstClaimedAt = row.first_claimed_at ?? time;
      store(row, progress, possibleRepeats, {
        epoch,
        lease_until: until,
        hint_at: until,
        hints: 0,
        first_claimed_at: firstClaimedAt,
      });
      const chunk: Chunk = { ...chunkOf(row, progress), inHand: true, possibleRepeats };
      return { kind: "claimed", epoch, chunk, handBacks: row.hand_backs, ageMs: time - firstClaimedAt };
    });
  }

  function settle(id: ChunkId, epoch: number, progress: Progress): Written {
    if (progress.open.length > 0)
      throw new Error(`${id} cannot be settled: ${progress.open.length} members are open`);
    return write(() => {
      const row = find(id);
      if (!row || row.epoch !== epoch) return "fenced";
      if (row.state === "settled") return "done";
      if (row.lease_until === null) return "fenced";
      store(row, progress, row.possible_repeats, { state: "settled", lease_until: null, hint_at: null });
      return "done";
    });
  }

  function park(id: ChunkId, epoch: number, progress: Progress): Written | "gates-open" {
    return held(id, epoch, (row) => {
      const record = sql("SELECT record FROM broadcasts WHERE id = ?").get(broadcastOf(id));
      const broadcast = record && (JSON.parse(String(record.record)) as Broadcast);
      if (!broadcast || !isWaiting(broadcast)) return "gates-open";
      store(row, progress, row.possible_repeats, {
        parked: 1,
        lease_until: null,
        hint_at: null,
        first_claimed_at: null,
      });
      return "done";
    });
  }

  /** Some at a time, so that other writers get their turn. */
  function closeSome(broadcast: string, outcome: Exclude<Outcome, "accepted">): number {
    const free = `
      SELECT * FROM chunks WHERE broadcast = ? AND state = 'open' AND (lease_until IS NULL OR lease_until <= ?)
      LIMIT ${CLOSED_AT_ONCE}`;
    return write(() => {
      const rows = sql(free).all(broadcast, now()) as unknown as Row[];
      for (const row of rows) {
        const progress = abandon(progressOf(row), row.lease_until !== null, outcome);
        const ended = { state: "settled", lease_until: null, hint_at: null, parked: 0, epoch: row.epoch + 1 };
        store(row, progress, row.possible_repeats, ended);
      }
      return rows.length;
    });
  }

  function* tallies(broadcast: string): Generator<Tally> {
    for (const row of sql("SELECT * FROM chunks WHERE broadcast = ?").iterate(
      broadcast,
    ) as unknown as Iterable<Row>) {
      yield tally(row.members, progressOf(row), row.possible_repeats);
    }
  }

  async function* chunks(broadcast: string, after = ""): AsyncGenerator<Chunk> {
    const page = sql(`SELECT * FROM chunks WHERE broadcast = ? AND id > ? ORDER BY id LIMIT ${READ_AT_ONCE}`);
    for (let last = after; ; ) {
      const rows = page.all(broadcast, last) as unknown as Row[];
      for (const row of rows) yield chunkOf(row);
      const end = rows.at(-1);
      if (!end) return;
      last = end.id;
    }
  }

  const port: ChunkPort = {
    claimChunk: async (id, onCrash) => claim(id, onCrash),
    async renewChunk(id, epoch) {
      const until = now() + timing.leaseMs;
      const text =
        "UPDATE chunks SET lease_until = ?, hint_at = ? WHERE id = ? AND epoch = ? AND lease_until IS NOT NULL";
      return sql(text).run(until, until, id, epoch).changes === 1 ? "done" : "fenced";
    },
    async countRepeats(id, epoch, count) {
      const text =
        "UPDATE chunks SET possible_repeats = possible_repeats + ? WHERE id = ? AND epoch = ? AND lease_until IS NOT NULL";
      return sql(text).run(count, id, epoch).changes === 1 ? "done" : "fenced";
    },
    async noteProgress(id, epoch, progress) {
      return held(id, epoch, (row): Written => {
        store(row, progress, row.possible_repeats, {});
        return "done";
      });
    },
    async releaseChunk(id, epoch, progress, afterMs) {
      return held(id, epoch, (row): Written => {
        const notBefore = now() + afterMs;
        store(row, progress, row.possible_repeats, {
          lease_until: null,
          not_before: notBefore,
          hint_at: notBefore,
          hints: 0,
          hand_backs: row.hand_backs + 1,
        });
        return "done";
      });
    },
    parkChunk: async (id, epoch, progress) => park(id, epoch, progress),
    async unpark(broadcast) {
      sql(
        "UPDATE chunks SET parked = 0, hint_at = ?, hints = 0 WHERE broadcast = ? AND state = 'open' AND parked = 1",
      ).run(now(), broadcast);
    },
    async closeChunks(broadcast, outcome) {
      while (closeSome(broadcast, outcome) === CLOSED_AT_ONCE);
    },
    async openChunks(broadcast, limit) {
      const open = sql("SELECT * FROM chunks WHERE broadcast = ? AND state = 'open' ORDER BY id LIMIT ?");
      return read(() => (open.all(broadcast, limit) as unknown as Row[]).map((row) => chunkOf(row)));
    },
    async countHeld(broadcast) {
      const held = sql("SELECT count(*) AS held FROM chunks WHERE broadcast = ? AND lease_until > ?");
      return Number(held.get(broadcast, now())?.held);
    },
    settleChunk: async (id, epoch, progress) => settle(id, epoch, progress),
    chunks,
  };
  return { port, insert, tallies };
}
