import type { Member } from "@fanfare/shared/domain/chunk";
import { makeBroadcast } from "@fanfare/shared/testing/records";
import { afterEach, beforeEach } from "vitest";
import { createSendChunk } from "../send-chunk.ts";
import { type Bench, createBench } from "./bench.ts";
import { useLeaseTimers } from "./lease-timers.ts";
import type { Script } from "./scripted-transport.ts";

/** A bench for each test of a file, and what tests of whole broadcasts do there. */
export function useSenders() {
  useLeaseTimers();
  let bench: Bench;
  beforeEach(() => {
    bench = createBench();
  });
  afterEach(() => bench.store.close());

  const stored = (id: string) => bench.store.broadcasts.get(id);

  return {
    bench: () => bench,
    stored,
    /** Processes that send, all answered by one script; each remembers what it saw. */
    startSenders(count: number, script: Script) {
      const senders = Array.from({ length: count }, () => bench.createSender(script));
      return senders.map((sender) => ({ ...sender, sendChunk: createSendChunk(sender.deps) }));
    },
    /** A running broadcast with these chunks. */
    async plan(name: string, chunks: Member[][]): Promise<{ id: string; chunks: string[] }> {
      const broadcast = makeBroadcast(name);
      await bench.store.broadcasts.create(broadcast);
      return { id: broadcast.id, chunks: await bench.addChunks(broadcast.id, chunks) };
    },
    /** Looks at every chunk that is due, by each sender in turns, until the broadcast is over. */
    async work(
      senders: readonly { sendChunk: (id: string) => Promise<unknown> }[],
      id: string,
      chunks: readonly string[],
    ): Promise<void> {
      for (let turn = 0; turn < 20; turn++) {
        for (const [index, chunk] of chunks.entries())
          await senders[(turn + index) % senders.length]?.sendChunk(chunk);
        if ((await stored(id))?.phase !== "running") return;
        await bench.store.advance(60_000);
      }
    },
  };
}
