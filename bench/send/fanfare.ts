import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Broadcast, isFinished } from "@fanfare/shared/domain/broadcast";
import { CHUNK_SIZE, type Member } from "@fanfare/shared/domain/chunk";
import { noCounts } from "@fanfare/shared/domain/plan-chunks";
import { slices } from "@fanfare/shared/domain/slices";
import { publishChunks } from "@fanfare/shared/events/token-chunks";
import type { Store } from "@fanfare/shared/store";
import { makeBroadcast } from "@fanfare/shared/testing/records";
import { CONTENT, type Tally } from "./contender.ts";

/** The sender as it runs on one machine, whole: `fanfare up` starts the same file in the same way. */
export const SENDER = fileURLToPath(import.meta.resolve("@fanfare/local/embedded/service-process"));

const LOOK_EVERY_MS = 5;

/** Has the sender send one broadcast whose chunks the ledger holds; resolves when its books are closed. */
export async function sendBroadcast(store: Store, id: string): Promise<Tally> {
  const chunks = await Array.fromAsync(store.ledger.chunks(id), ({ id: chunk }) => chunk);
  await publishChunks(store.bus, "normal", chunks);
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
  const broadcast = makeBroadcast(name, { content: CONTENT, releasedAt: Date.now() });
  await broadcasts.create(broadcast);
  const members = addresses.map((address, index): Member => {
    return { address, kind: "token", path: `users/user-${index}/fcm_tokens/phone` };
  });
  const counts = { ...noCounts(), read: members.length };
  const page = { chunks: slices(members, CHUNK_SIZE), cursor: addresses.at(-1) ?? "", counts };
  await ledger.openPlanned(broadcast.id, page);
  return broadcast.id;
}
