import type { Tally } from "../domain/books.ts";
import { type Broadcast, isWaiting } from "../domain/broadcast.ts";
import { type Chunk, type Member, tally } from "../domain/chunk.ts";
import {
  chunkOf,
  closeChunk,
  type HeldChunk,
  parkChunk,
  progressOf,
  type StoredChunk,
  unparkChunk,
} from "../domain/chunk-steps.ts";
import { type BroadcastId, broadcastOf } from "../domain/ids.ts";
import { readProgress } from "../domain/progress-record.ts";
import type { Database } from "../sqlite/database.ts";
import type { ChunkPort } from "./index.ts";
import { createChunkSteps } from "./ports.ts";
import { LEASE, type Records, type Row, type View } from "./sqlite-records.ts";

const READ_AT_ONCE = 40;
/** Some at a time, so that other writers get their turn. */
const CLOSED_AT_ONCE = 50;

const HELD: View<HeldChunk> = {
  table: "chunks",
  columns: `${LEASE}, state, members AS size, possible_repeats AS possibleRepeats, hand_backs AS handBacks`,
  show: (row) => row as unknown as HeldChunk,
};

export function createChunks(database: Database, records: Records) {
  const { sql, read } = database;
  const membersOf = (id: unknown) =>
    JSON.parse(
      String(sql("SELECT members FROM chunk_members WHERE chunk = ?").get(id as string)?.members),
    ) as Member[];

  const whole: View<StoredChunk> = {
    table: "chunks",
    columns: `id, ${HELD.columns}, parked, not_before AS notBefore, first_claimed_at AS firstClaimedAt, progress`,
    show: (row) => ({
      ...(row as unknown as StoredChunk),
      parked: row.parked === 1,
      progress: () => (row.progress === null ? null : readProgress(String(row.progress))),
      members: () => membersOf(row.id),
    }),
  };
  const select = (rest: string) => sql(`SELECT ${whole.columns} FROM chunks WHERE broadcast = ? ${rest}`);
  const isGated = createGates(database);

  function closeSome(broadcast: string, close: ReturnType<typeof closeChunk>): number {
    const free = select(
      `AND state = 'open' AND (lease_until IS NULL OR lease_until <= ?) LIMIT ${CLOSED_AT_ONCE}`,
    );
    return database.write(() => {
      const at = records.at();
      const rows = free.all(broadcast, at.now) as Row[];
      for (const row of rows) records.apply("chunks", String(row.id), close(whole.show(row), at));
      return rows.length;
    });
  }

  function* tallies(broadcast: string): Generator<Tally> {
    for (const row of select("").iterate(broadcast)) {
      const stored = whole.show(row as Row);
      yield tally(stored.size, progressOf(stored), stored.possibleRepeats);
    }
  }

  async function* chunks(broadcast: string, after = ""): AsyncGenerator<Chunk> {
    const page = select(`AND id > ? ORDER BY id LIMIT ${READ_AT_ONCE}`);
    for (let last = after; ; ) {
      const rows = page.all(broadcast, last) as Row[];
      for (const row of rows) yield chunkOf(whole.show(row));
      const end = rows.at(-1);
      if (!end) return;
      last = String(end.id);
    }
  }

  const port: ChunkPort = {
    ...createChunkSteps({
      byHolder: (id, step) => records.decide(HELD, id, step),
      byRecord: (id, step) => records.decide(whole, id, step),
    }),
    renewChunk: (id, epoch) => records.renew("chunks", id, epoch),
    parkChunk: (id, epoch, progress) =>
      records.decide(
        HELD,
        id,
        parkChunk(epoch, progress, () => isGated(broadcastOf(id))),
      ),
    async unpark(broadcast) {
      const { write = {} } = unparkChunk({ parked: true }, records.at());
      records.update("chunks", write, "broadcast = ? AND state = 'open' AND parked = 1", broadcast);
    },
    async closeChunks(broadcast, outcome) {
      while (closeSome(broadcast, closeChunk(outcome)) === CLOSED_AT_ONCE);
    },
    async openChunks(broadcast, limit) {
      const open = select("AND state = 'open' ORDER BY id LIMIT ?");
      return read(() => open.all(broadcast, limit).map((row) => chunkOf(whole.show(row as Row))));
    },
    async countHeld(broadcast) {
      const held = sql("SELECT count(*) AS held FROM chunks WHERE broadcast = ? AND lease_until > ?");
      return Number(held.get(broadcast, records.at().now)?.held);
    },
    chunks,
  };
  return { port, tallies };
}

/** Whether a broadcast waits behind a gate, as the same data file says. */
export function createGates({ sql }: Pick<Database, "sql">): (broadcast: BroadcastId) => boolean {
  return (broadcast) => {
    const row = sql("SELECT record FROM broadcasts WHERE id = ?").get(broadcast);
    return row !== undefined && isWaiting(JSON.parse(String(row.record)) as Broadcast);
  };
}
