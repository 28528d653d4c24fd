import { isFinished } from "@fanfare/shared/domain/broadcast";
import type { Member } from "@fanfare/shared/domain/chunk";
import { takeAll } from "./play.ts";
import type { Scene } from "./scene.ts";

/** What is not as it has to be once all is resolved, and after it has been published again. */
export async function judge(scene: Scene): Promise<string[]> {
  const { watch, resolvers } = scene;
  await watch.look();
  const resolved = membersOf(scene);
  const found = [
    ...judgeMembers(scene, resolved),
    ...(await watch.untold()).map((id) => `${id} was never announced`),
  ];
  await settleAll(scene);
  await publishAgain(scene);
  const count = membersOf(scene).length;
  if (count !== resolved.length) found.push(`${count - resolved.length} members more when published again`);
  return [
    ...found,
    ...(await judgeBooks(scene, resolved.length)),
    ...watch.faults,
    ...resolvers.failures.map(String),
  ];
}

function membersOf({ watch }: Scene): string[] {
  const chunks = [...watch.seen.values()].map((members) => JSON.parse(members) as Member[]);
  return chunks.flatMap((members) => members.map(({ address }) => address));
}

function judgeMembers({ model }: Scene, members: readonly string[]): string[] {
  const { due, reachable } = model.expected();
  const counts = new Map<string, number>();
  for (const address of members) counts.set(address, (counts.get(address) ?? 0) + 1);
  return [
    ...[...due].filter((address) => !counts.has(address)).map((address) => `${address} is in no chunk`),
    ...[...counts]
      .filter(([, count]) => count > 1)
      .map(([address, count]) => `${address} is a member ${count} times`),
    ...[...counts.keys()]
      .filter((address) => !reachable.has(address))
      .map((address) => `${address} came after the release`),
  ];
}

/** Sends to every chunk, so that the broadcast can finish. */
async function settleAll({ watch, stores: { ledger } }: Scene): Promise<void> {
  for (const chunk of watch.seen.keys()) {
    const claim = await ledger.claimChunk(chunk, "repeat");
    if (claim.kind !== "claimed") throw new Error(`${chunk} is ${claim.kind}`);
    await ledger.settleChunk(chunk, claim.epoch, { open: [], unsure: [], maybe: [], outcomes: {} });
  }
}

/** Every range is delivered twice, to an audience that would find more if it were read again. */
async function publishAgain(scene: Scene): Promise<void> {
  const { id, stores, apps, resolvers, watch } = scene;
  await apps.tempt();
  for (const range of await stores.ledger.ranges(id)) {
    resolvers.start(range.id);
    resolvers.start(range.id);
  }
  await takeAll(scene);
  await watch.look();
}

async function judgeBooks({ id, stores }: Scene, members: number): Promise<string[]> {
  const broadcast = await stores.broadcasts.get(id);
  if (!broadcast || !isFinished(broadcast.phase)) return [`the broadcast is ${broadcast?.phase}`];
  const { resolved, accepted, open } = broadcast.books ?? {};
  if (resolved === members && accepted === members && open === 0) return [];
  return [`books of ${members} members: ${JSON.stringify(broadcast.books)}`];
}
