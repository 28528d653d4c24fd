import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import { LEASE } from "@fanfare/shared/domain/lease";
import { RANGE_SIZE } from "@fanfare/shared/domain/range-count";
import { createLog } from "@fanfare/shared/hosting/log";
import type { Registrations } from "@fanfare/shared/registrations";
import { createFailingBus } from "@fanfare/shared/testing/failing-bus";
import { makeBroadcast, makeDocument } from "@fanfare/shared/testing/records";
import { createStore, type TestStore } from "@fanfare/shared/testing/store";
import type { ResolverDeps } from "../resolve-range.ts";

/** A resolver's parts on a data file and a clock of its own. */
export function createBench() {
  const store = createStore();
  const bus = createFailingBus(store.bus);
  /** Addresses that were read, in order. */
  const read: string[] = [];
  const deps: ResolverDeps & Pick<TestStore, "health" | "sync"> = {
    ...store,
    bus,
    registrations: noteReads(store.registrations, read),
    monotonic: store.now,
    lease: LEASE,
    log: createLog("resolver", "silent"),
    rangeSize: RANGE_SIZE,
    draining: new AbortController().signal,
  };

  async function start(name: string, fields: Partial<Broadcast> = {}): Promise<Broadcast> {
    const broadcast = makeBroadcast(name, fields);
    await store.broadcasts.create(broadcast);
    await store.ledger.openRoot(broadcast.id);
    return broadcast;
  }

  /** Stores `count` devices with addresses in the order of their numbers. */
  async function register(count: number): Promise<string[]> {
    const addresses = Array.from(
      { length: count },
      (_, index) => `address-${String(index).padStart(6, "0")}`,
    );
    await store.registrations.put(addresses.map((address, index) => makeDocument(`u${index}`, address)));
    return addresses;
  }

  /** The addresses of each chunk of a broadcast. */
  async function chunksOf(id: string): Promise<string[][]> {
    const chunks = await Array.fromAsync(store.ledger.chunks(id));
    return chunks.map(({ members }) => members.map(({ address }) => address));
  }

  const publishedChunks = (subscription = "sender.chunks") =>
    store.waiting(subscription).map(({ chunkId }) => String(chunkId));
  const publishedRanges = () => store.waiting("resolver.ranges").map(({ rangeId }) => String(rangeId));

  return { store, bus, deps, read, start, register, chunksOf, publishedChunks, publishedRanges };
}

function noteReads(registrations: Registrations, read: string[]): Registrations {
  return {
    ...registrations,
    async *read(...request) {
      for await (const batch of registrations.read(...request)) {
        read.push(...batch.map(({ address }) => String(address)));
        yield batch;
      }
    },
  };
}

export type Bench = ReturnType<typeof createBench>;
