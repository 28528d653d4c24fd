import { isDeepStrictEqual } from "node:util";
import { listAudience, rangesOf } from "@fanfare/shared/audience/list-members";
import { type Broadcast, isFinished } from "@fanfare/shared/domain/broadcast";
import { type Chunk, outcomesOf } from "@fanfare/shared/domain/chunk";
import { type Range, restOf } from "@fanfare/shared/domain/range";
import { findImbalances } from "../balance.ts";
import { judgeAudit } from "./judge-audit.ts";
import type { Plan } from "./plan.ts";
import type { Scene } from "./scene.ts";

/** What is not as it has to be, once a broadcast is over. */
export async function judge(scene: Scene): Promise<string[]> {
  const { id, stores, watch, messages } = scene;
  const broadcast = await stores.broadcasts.get(id);
  if (!broadcast?.books) return ["there are no books"];
  const chunks = await Array.fromAsync(stores.ledger.chunks(id));
  const ranges = await stores.ledger.ranges(id);
  const dead = ["scheduler-dead", "resolver-dead", "sender-dead"].flatMap(messages.published);
  return [
    ...watch.faults,
    ...judgeBooks(scene, broadcast, chunks, ranges),
    ...(await judgeLists(scene, broadcast)),
    ...judgeOutcomes(scene, broadcast, chunks),
    ...judgeEnd(broadcast, ranges),
    ...judgeAudit(await stores.broadcasts.audit(id), broadcast),
    ...dead.map((data) => `a dead letter: ${data}`),
  ];
}

/** The lists of those who were reached, who were not and who may have been are the audience, each name once. */
async function judgeLists({ id, plan, stores, fcm }: Scene, broadcast: Broadcast): Promise<string[]> {
  const ranges = await rangesOf(stores.ledger, broadcast);
  const listed = await Array.fromAsync(listAudience(stores, broadcast, ranges));
  const names = listed.map(({ address }) => address);
  const audience = broadcast.releasedAt === null ? [] : addressesOf(plan);
  const wrong = listed.filter(({ address, reach }) => {
    const accepted = fcm.acceptedOf(id, address) > 0;
    return reach !== "unknown" && (reach === "reached") !== accepted;
  });
  return [
    ...(isDeepStrictEqual(names, audience) ? [] : [`${names} are listed, and the audience is ${audience}`]),
    ...wrong.map(({ address, reach }) => `${address} is listed as ${reach}`),
  ];
}

/** The addresses of an audience in order, each once. */
function addressesOf({ documents }: Plan): string[] {
  const addresses = documents.flatMap(({ address }) => (address === null ? [] : [address]));
  return [...new Set(addresses)].toSorted();
}

/** Everybody of the audience has an outcome, or was never read: he is behind the cursor of a range that was stopped. */
function judgeBooks(
  { id, plan, fcm, attempts }: Scene,
  { books }: Broadcast,
  chunks: readonly Chunk[],
  ranges: readonly Range[],
): string[] {
  const addresses = addressesOf(plan);
  const unread = addresses.filter((address) => isUnread(address, ranges));
  const left = new Set(unread);
  const about = ranges.reduce((sum, { unreadAbout }) => sum + unreadAbout, 0);
  if (!books) return [];
  return [
    ...findImbalances(chunks, books, {
      audience: new Set(addresses.filter((address) => !left.has(address))),
      acceptedOf: (address) => fcm.acceptedOf(id, address),
      codesOf: (address) => fcm.codesOf(id, address),
    }),
    ...unread
      .filter((address) => attempts.of(address).made > 0)
      .map((address) => `${address} was sent to, and never read`),
    ...(books.unresolvedAbout === about
      ? []
      : [`${books.unresolvedAbout} are unread, and ranges say ${about}`]),
    ...(ranges.length > 0 && about < unread.length
      ? [`${unread.length} are unread, and about ${about} are said to be`]
      : []),
  ];
}

/** One that was never released has no ranges, and reads nobody. */
function isUnread(address: string, ranges: readonly Range[]): boolean {
  if (ranges.length === 0) return true;
  return ranges
    .filter(({ state }) => state === "stopped")
    .map(restOf)
    .some(({ after, upTo }) => after < address && (upTo === null || address <= upTo));
}

/** Who may have got it is not said to have been left out, and nobody is left out without a reason. */
function judgeOutcomes({ attempts }: Scene, broadcast: Broadcast, chunks: readonly Chunk[]): string[] {
  const { phase, endsAt = Number.POSITIVE_INFINITY, finishedAt } = broadcast;
  const isLate = (finishedAt ?? 0) >= endsAt;
  return chunks.flatMap((chunk) =>
    outcomesOf(chunk).flatMap((outcome, place) => {
      const address = chunk.members[place]?.address ?? "";
      const { made, doubtful } = attempts.of(address);
      if (outcome !== "cancelled" && outcome !== "expired") return [];
      if (doubtful > 0) return [`${address} is ${outcome}, and may have got it`];
      // Who was tried may be given up on.
      const isRight = outcome === "cancelled" ? phase === "cancelled" : isLate || made > 0;
      return isRight ? [] : [`${address} is ${outcome}, and the broadcast is ${phase}`];
    }),
  );
}

function judgeEnd({ phase, gates }: Broadcast, ranges: readonly Range[]): string[] {
  const isCancelled = gates.cancelled !== undefined;
  const stopped = ranges.filter(({ state }) => state === "stopped");
  return [
    ...(isFinished(phase) ? [] : [`it is ${phase}`]),
    ...((phase === "cancelled") === isCancelled
      ? []
      : [`it is ${phase}, and its gates are ${JSON.stringify(gates)}`]),
    ...(isCancelled ? [] : stopped.map(({ id }) => `${id} is stopped, and nobody cancelled`)),
  ];
}
