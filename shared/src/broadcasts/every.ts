import type { Broadcast } from "../domain/broadcast.ts";
import type { BroadcastId } from "../domain/ids.ts";

/** How many records are looked at a time. */
const BATCH = 200;

/** Every broadcast of a list that comes in pages, page by page: a few that stay must not hide those behind them. */
export async function* every(
  page: (limit: number, after?: BroadcastId) => Promise<Broadcast[]>,
): AsyncGenerator<Broadcast> {
  for (let after = ""; ; ) {
    const batch = await page(BATCH, after);
    yield* batch;
    const last = batch[BATCH - 1];
    if (!last) return;
    after = last.id;
  }
}
