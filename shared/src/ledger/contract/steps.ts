import { assert, expect } from "vitest";
import type { OnCrash } from "../../domain/broadcast.ts";
import type { Progress } from "../../domain/chunk.ts";
import { broadcastId, type ChunkId, chunkId, type RangeId, rangeId } from "../../domain/ids.ts";
import { makeMembers } from "../../testing/records.ts";
import type { ClaimedChunk, Ledger, Page, RangeClaim } from "../index.ts";

export const BROADCAST = broadcastId("test", "ledger");
export const OTHER = broadcastId("test", "another ledger");
export const ROOT = rangeId(BROADCAST, 0);
export const NO_COUNTS = { read: 0, withoutAddress: 0, late: 0 };

type ClaimedRange = Extract<RangeClaim, { kind: "claimed" }>;

/** The n-th chunk of the root. */
export function chunkOf(sequence: number, range: RangeId = ROOT): ChunkId {
  return chunkId(range, sequence);
}

export async function claimRange(ledger: Ledger, id: RangeId = ROOT): Promise<ClaimedRange> {
  const claim = await ledger.claimRange(id);
  assert(claim.kind === "claimed", `${id} is ${claim.kind}`);
  return claim;
}

export async function claimChunk(
  ledger: Ledger,
  id: ChunkId,
  onCrash: OnCrash = "repeat",
): Promise<ClaimedChunk> {
  const claim = await ledger.claimChunk(id, onCrash);
  assert(claim.kind === "claimed", `${id} is ${claim.kind}`);
  return claim;
}

/** A page with chunks of these sizes. Members are numbered from 0, addresses follow from the numbers. */
export function makePage(sizes: readonly number[], fields: Partial<Page> = {}): Page {
  let count = 0;
  const chunks = sizes.map((size) => {
    count += size;
    return makeMembers(size, count - size);
  });
  const counts = { read: count, withoutAddress: 0, late: 0 };
  return { from: "", cursor: `cursor-${count}`, chunks, counts, published: 0, ...fields };
}

/** Plans chunks of these sizes in the root, which stays claimed under the epoch returned. */
export async function plan(ledger: Ledger, sizes: readonly number[], broadcast = BROADCAST): Promise<number> {
  const root = await ledger.openRoot(broadcast);
  const { epoch } = await claimRange(ledger, root);
  expect(await ledger.addPage(root, epoch, makePage(sizes))).toBe("done");
  return epoch;
}

/** A progress in which the members listed are open and all others were accepted. */
export function openOf(open: number[], fields: Partial<Progress> = {}): Progress {
  return { open, unsure: [], maybe: [], outcomes: {}, ...fields };
}

/** Ends a chunk with these outcomes; whoever has none was accepted. */
export async function settle(
  ledger: Ledger,
  id: ChunkId,
  outcomes: Progress["outcomes"] = {},
): Promise<ClaimedChunk> {
  const claim = await claimChunk(ledger, id);
  expect(await ledger.settleChunk(id, claim.epoch, openOf([], { outcomes }))).toBe("done");
  return claim;
}
