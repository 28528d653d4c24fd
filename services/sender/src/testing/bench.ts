import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import {
  type Chunk,
  freshProgress,
  type Member,
  outcomesOf,
  type Progress,
} from "@fanfare/shared/domain/chunk";
import { broadcastOf, chunkIds, rangeId } from "@fanfare/shared/domain/ids";
import { LEASE } from "@fanfare/shared/domain/lease";
import type { Outcome } from "@fanfare/shared/domain/outcome";
import { noCounts } from "@fanfare/shared/domain/plan-chunks";
import { createLog } from "@fanfare/shared/hosting/log";
import type { ClaimedChunk } from "@fanfare/shared/ledger";
import { makeBroadcast, makeMembers } from "@fanfare/shared/testing/records";
import { createStore } from "@fanfare/shared/testing/store";
import type { SenderDeps } from "../deps.ts";
import { createGovernor } from "../governor.ts";
import { createScriptedTransport, type Script } from "./scripted-transport.ts";

/** A sender's parts on a data file, with a clock that moves on only where the sender waits. */
export function createBench() {
  const store = createStore();
  const log = createLog("sender", "silent");

  /** A process that sends; FCM answers it by the script. */
  function createSender(script: Script, fields: Partial<SenderDeps> = {}) {
    const transport = createScriptedTransport(script);
    const drain = new AbortController();
    const waits: number[] = [];
    const renewals: number[] = [];
    const clock = {
      now: store.bootNow,
      after: (ms: number, then: () => void) => void store.advance(ms).then(then),
    };
    const deps: SenderDeps = {
      ...store,
      log,
      endpoint: "https://fcm.test",
      transport,
      governor: createGovernor(null, clock),
      credential: {
        authorization: async () => "Bearer x",
        renew: async () => void renewals.push(store.now()),
      },
      lease: LEASE,
      retry: { baseMs: 10_000, maxMs: 600_000, giveUpMs: 3_600_000 },
      budgetMs: 8 * 60_000,
      active: (_lane, work) => work(),
      draining: drain.signal,
      monotonic: store.bootNow,
      steady: store.bootNow,
      random: () => 0,
      async wait(ms) {
        waits.push(ms);
        await store.advance(ms);
      },
      ...fields,
    };
    return { deps, transport, waits, renewals, drain: () => drain.abort() };
  }

  /** A running broadcast whose audience is one chunk of these members. */
  async function plan(
    name: string,
    members: number | Member[],
    fields: Partial<Broadcast> = {},
  ): Promise<string> {
    const broadcast = makeBroadcast(name, fields);
    await store.broadcasts.create(broadcast);
    const list = typeof members === "number" ? makeMembers(members) : members;
    const [id] = await addChunks(broadcast.id, [list]);
    return id ?? "";
  }

  /** Adds chunks to a broadcast that has none, and ends its resolving. */
  async function addChunks(broadcast: string, chunks: Member[][]): Promise<string[]> {
    await store.ledger.openPlanned(broadcast, { chunks, cursor: "z", counts: noCounts() });
    return chunkIds(rangeId(broadcast, 0), 0, chunks.length);
  }

  async function claim(id: string): Promise<ClaimedChunk> {
    const found = await store.ledger.claimChunk(id, "repeat");
    if (found.kind !== "claimed") throw new Error(`${id} is ${found.kind}`);
    return found;
  }

  /** Ends a chunk with these outcomes; whoever has none was accepted. */
  async function settle(id: string, outcomes: Progress["outcomes"]): Promise<void> {
    const { epoch } = await claim(id);
    await store.ledger.settleChunk(id, epoch, { ...freshProgress(0), outcomes });
  }

  async function chunk(id: string): Promise<Chunk> {
    for await (const one of store.ledger.chunks(broadcastOf(id))) if (one.id === id) return one;
    throw new Error(`there is no chunk ${id}`);
  }

  return {
    store,
    log,
    createSender,
    plan,
    addChunks,
    claim,
    settle,
    chunk,
    /** Of each member of a chunk; null where it is open. */
    outcomes: async (id: string): Promise<(Outcome | null)[]> => outcomesOf(await chunk(id)),
    /** The broadcast of a chunk. */
    broadcast: (id: string) => store.broadcasts.get(broadcastOf(id)),
  };
}

export type Bench = ReturnType<typeof createBench>;
