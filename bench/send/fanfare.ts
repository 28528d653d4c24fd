import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Broadcast, isFinished } from "@fanfare/shared/domain/broadcast";
import { CHUNK_SIZE, type Member } from "@fanfare/shared/domain/chunk";
import { broadcastId } from "@fanfare/shared/domain/ids";
import { tokenChunks } from "@fanfare/shared/events/token-chunks";
import type { Store } from "@fanfare/shared/runtime/store";
import { CONTENT, type Tally } from "./contender.ts";

/** The sender as it runs on one machine, whole: `fanfare up` starts the same file in the same way. */
export const SENDER = fileURLToPath(new URL("../../cli/src/embedded/service-process.ts", import.meta.url));

const LOOK_EVERY_MS = 5;

/** Has the sender send one broadcast whose chunks the ledger holds; resolves when its books are closed. */
export async function sendBroadcast(store: Store, id: string): Promise<Tally> {
  const chunks = await Array.fromAsync(store.ledger.chunks(id), ({ id: chunk }) => chunk);
  await store.bus.publish(
    tokenChunks.topic,
    chunks.map((chunk) => tokenChunks.encode({ chunkId: chunk })),
  );
  for (;;) {
    const broadcast = await store.broadcasts.get(id);
    if (broadcast && isFinished(broadcast.phase)) return tallyOf(broadcast);
    await sleep(LOOK_EVERY_MS);
  }
}

function tallyOf({ books }: Broadcast): Tally {
  return { accepted: books?.accepted ?? 0, dead: books?.rejected.UNREGISTERED ?? 0 };
}

/** Writes a broadcast down as the resolver leaves it: every chunk open, nothing sent. */
export async function planBroadcast(
  { broadcasts, ledger }: Store,
  name: string,
  addresses: readonly string[],
): Promise<string> {
  const id = broadcastId("bench", name);
  await broadcasts.create(makeBroadcast(id, name));
  const root = await ledger.openRoot(id);
  const claim = await ledger.claimRange(root);
  if (claim.kind !== "claimed") throw new Error(`${root} is ${claim.kind}`);
  const chunks = chunksOf(addresses);
  const counts = { read: addresses.length, withoutAddress: 0, late: 0 };
  const page = { from: "", cursor: addresses.at(-1) ?? "", chunks, counts, published: 0 };
  await ledger.addPage(root, claim.epoch, page);
  await ledger.closeRange(root, claim.epoch, { read: 0, withoutAddress: 0, late: 0 });
  return id;
}

function chunksOf(addresses: readonly string[]): Member[][] {
  const members = addresses.map((address, index): Member => {
    return { address, kind: "token", path: `users/user-${index}/fcm_tokens/phone` };
  });
  const count = Math.ceil(members.length / CHUNK_SIZE);
  return Array.from({ length: count }, (_, index) =>
    members.slice(index * CHUNK_SIZE, (index + 1) * CHUNK_SIZE),
  );
}

function makeBroadcast(id: string, name: string): Broadcast {
  const now = Date.now();
  return {
    v: 1,
    id,
    version: 1,
    caller: "bench",
    idempotencyKey: name,
    fingerprint: name,
    content: CONTENT,
    audience: {},
    onCrash: "repeat",
    phase: "running",
    gates: {},
    createdAt: now,
    dueAt: now,
    releasedAt: now,
    finishedAt: null,
    owes: [],
    books: null,
    pruning: { state: "none" },
  };
}
