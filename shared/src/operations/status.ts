import type { Broadcasts } from "../broadcasts/index.ts";
import type { Books } from "../domain/books.ts";
import type { Broadcast } from "../domain/broadcast.ts";
import type { Ledger } from "../ledger/index.ts";
import type { Registrations } from "../registrations/index.ts";
import type { Senders } from "../senders/index.ts";
import { pausedForMs } from "../senders/pauses.ts";
import { requireBroadcast } from "./require-broadcast.ts";

interface StatusDeps {
  broadcasts: Broadcasts;
  ledger: Pick<Ledger, "books">;
  registrations: Pick<Registrations, "countPruned">;
  senders: Senders;
  now: () => number;
}

/** How far a broadcast is. */
export interface Status {
  broadcast: Broadcast;
  /** The books of one that has finished; of one at work as of about now. */
  books: Books;
  /** Documents that it deleted, as their addresses were dead. */
  pruned: number;
  /** Until when FCM asked everybody to wait, in milliseconds since 1970, and this broadcast with them; null if it does not wait. */
  waitsUntil: number | null;
}

/** @throws InvalidInput where there is no such broadcast */
export async function statusOf(deps: StatusDeps, id: string): Promise<Status> {
  const broadcast = await requireBroadcast(deps.broadcasts, id);
  const books = broadcast.books ?? (await deps.ledger.books(id));
  const pruned = await deps.registrations.countPruned(id);
  return { broadcast, books, pruned, waitsUntil: await waitFor(deps, broadcast) };
}

async function waitFor({ senders, now }: StatusDeps, { phase }: Broadcast): Promise<number | null> {
  const leftMs = phase === "running" ? pausedForMs(await senders.look()) : 0;
  return leftMs > 0 ? now() + leftMs : null;
}

/** What a program may want to know of how far a broadcast is. */
export function statusFacts({ broadcast, books, pruned, waitsUntil }: Status) {
  const more = { waitsUntil: isoOf(waitsUntil), pruned, pruning: broadcast.pruning.state };
  return { ...facts(broadcast), ...books, ...more };
}

/** What a program may want to know of a broadcast, besides its books. */
export function facts({ id, phase, fault, remark, gates, dueAt, createdAt, ...broadcast }: Broadcast) {
  const { releasedAt, finishedAt, deadline = null, audience, retriedAs, corrected, accepts } = broadcast;
  const { why, at = null } = broadcast.standstill ?? {};
  return {
    broadcastId: id,
    state: phase,
    fault,
    remark,
    gates,
    accepts: accepts?.map((one) => ({ ...one, at: isoOf(one.at) })),
    dueAt: isoOf(dueAt),
    deadline: isoOf(deadline),
    createdAt: isoOf(createdAt),
    releasedAt: isoOf(releasedAt),
    finishedAt: isoOf(finishedAt),
    stuck: why === undefined ? undefined : { since: isoOf(at), why },
    follows: audience.of?.broadcasts,
    retriedAs,
    correctedAs: corrected?.as,
  };
}

/** A moment as programs read it; null for none. */
export function isoOf(time: number): string;
export function isoOf(time: number | null): string | null;
export function isoOf(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
