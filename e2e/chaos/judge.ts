import { collapseIdOf } from "@fanfare/shared/domain/broadcast";
import { DEAD_CODES } from "@fanfare/shared/domain/outcome";
import { slices } from "@fanfare/shared/domain/slices";
import type { RegistrationDocument } from "@fanfare/shared/registrations";
import type { LogLine, Stats } from "@fanfare/simulator";
import type { Written } from "./app.ts";
import { checkBroadcast } from "./check-broadcast.ts";
import { checkHeld } from "./check-held.ts";
import { checkPruning } from "./check-pruning.ts";
import type { Held } from "./hold.ts";
import { countWithoutAddress, ownersOf, reachedBy } from "./population.ts";
import { deadOf, membersOf, readSeen, type Seen } from "./seen.ts";
import type { Excuse } from "./spell.ts";
import type { Stage } from "./stage.ts";

/** What a round came to. */
export interface Judgement {
  /** Every promise that was not kept, in words without addresses. */
  findings: string[];
  seen: Seen[];
  stats: Stats;
  pruned: number;
}

export interface Done {
  ids: readonly string[];
  written: Written;
  /** What was seen of the first broadcast while its gate was closed. */
  held: Held | null;
}

/** Holds everything that a round has left against FCM's own log. */
export async function judgeRound(
  stage: Stage,
  { ids, written, held }: Done,
  excuses: readonly Excuse[],
): Promise<Judgement> {
  const log = await Array.fromAsync(stage.simulator.log());
  const seen = await Promise.all(ids.map((id) => readSeen(stage, id, log)));
  const stats = await stage.simulator.stats();
  const findings = [...checkPhones(log, stats, seen)];
  for (const one of seen)
    for (const finding of await checkBroadcast(one, { ...expectedOf(stage, one, seen, written), excuses }))
      findings.push(`${one.broadcast.id}: ${finding}`);
  const [first] = seen;
  if (held && first) findings.push(...checkHeld(held, first));
  const { documents: seeded } = stage.population;
  const remaining = await readRemaining(stage, [...seeded, ...written.latecomers]);
  const counts = await Promise.all(ids.map((id) => stage.store.registrations.countPruned(id)));
  const tombstones = counts.reduce((sum, count) => sum + count, 0);
  const calledDead = excuses.some(({ code }) => DEAD_CODES.has(code));
  findings.push(...checkPruning({ ...written, seeded, broadcasts: seen, calledDead, remaining, tombstones }));
  return { findings, seen, stats, pruned: tombstones };
}

/** Promise 3: no phone shows the same twice, and every message belongs to a broadcast. */
export function checkPhones(
  log: readonly Pick<LogLine, "broadcast">[],
  { shownTwice }: Pick<Stats, "shownTwice">,
  seen: readonly Pick<Seen, "broadcast">[],
): string[] {
  const keys = new Set(seen.map(({ broadcast }) => collapseIdOf(broadcast)));
  const astray = log.filter(({ broadcast }) => !keys.has(broadcast)).length;
  return [
    ...(shownTwice > 0 ? [`${shownTwice} phones show a notification twice`] : []),
    ...(astray > 0 ? [`${astray} addresses were sent to outside of every broadcast`] : []),
  ];
}

function expectedOf({ population }: Stage, one: Seen, all: readonly Seen[], { latecomers }: Written) {
  const { documents, natures } = population;
  const { audience } = one.broadcast;
  const reached = reachedBy(documents, audience);
  for (const address of prunedBefore(one, all)) reached.delete(address);
  const withoutAddress = countWithoutAddress(documents, audience);
  return { audience: reached, natures, withoutAddress, latecomers: latecomers.length };
}

/** Dead addresses that another broadcast pruned, so that this one may not have found them any more. */
function prunedBefore(one: Seen, all: readonly Seen[]): Set<string> {
  const others = all.filter((other) => other !== one && other.broadcast.pruning.state === "done");
  const dead = new Set(others.flatMap(({ chunks }) => [...deadOf(chunks)]));
  for (const [address] of membersOf(one.chunks)) dead.delete(address);
  return dead;
}

const OWNERS_AT_ONCE = 500;

async function readRemaining({ store }: Stage, documents: readonly RegistrationDocument[]) {
  const owners = slices(ownersOf(documents), OWNERS_AT_ONCE);
  return (await Array.fromAsync(owners, (some) => store.registrations.readOwned(some))).flat();
}
