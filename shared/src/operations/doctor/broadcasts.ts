import { every } from "../../broadcasts/every.ts";
import { type Broadcast, isWaiting } from "../../domain/broadcast.ts";
import {
  type Check,
  type Finding,
  type Installation,
  inWords,
  iso,
  orWell,
  SOME,
  sinceAndWhy,
} from "./finding.ts";
import { describeHeld, type Held } from "./held.ts";

/** A sender that lives renews its lease, and one that died is replaced by the next hint. */
const LAPSED_MS = 120_000;

type Found = Pick<Finding, "message" | "doThis">;

interface BroadcastCheck {
  check: Check;
  well: string;
  /** Absent where what is found is told of all broadcasts together. */
  look?(broadcast: Broadcast, installation: Installation): Found[] | Promise<Found[]>;
}

const CHECKS: BroadcastCheck[] = [
  { check: "held", well: "no broadcast is held" },
  { check: "paused", well: "no broadcast is paused", look: paused },
  { check: "stuck", well: "no broadcast stands still", look: stuck },
  { check: "work", well: "no work is overdue", look: lapsed },
  { check: "unread", well: "no broadcast under way leaves a part of its audience unread", look: unread },
];

/** Looks at every broadcast that is under way, and at those that are scheduled and may be paused. */
export async function checkBroadcasts(
  installation: Installation,
  overdue: readonly Finding[],
): Promise<Finding[]> {
  const found: Finding[] = [...overdue];
  const held: Held[] = [];
  for await (const broadcast of underWay(installation)) {
    const { id, gates } = broadcast;
    if (gates.held) held.push({ id, gate: gates.held });
    for (const { check, look } of CHECKS)
      for (const one of (await look?.(broadcast, installation)) ?? [])
        found.push({ check, ok: false, about: id, ...one });
  }
  found.push(...describeHeld(held));
  return CHECKS.flatMap(({ check, well }) => {
    const own = found.filter((one) => one.check === check);
    return orWell(check, own, well);
  });
}

async function* underWay({ broadcasts }: Installation): AsyncGenerator<Broadcast> {
  yield* every(broadcasts.running);
  yield* await broadcasts.list("scheduled", SOME);
}

function paused({ id, gates }: Broadcast): Found[] {
  if (!gates.paused) return [];
  const doThis = `fanfare resume ${id}; or fanfare cancel ${id}`;
  return [{ message: `is paused ${sinceAndWhy(gates.paused)}`, doThis }];
}

function stuck(broadcast: Broadcast): Found[] {
  const { id, standstill } = broadcast;
  if (standstill?.why === undefined || isWaiting(broadcast)) return [];
  const message = `stands still since ${iso(standstill.at)}: ${standstill.why}`;
  return [{ message, doThis: `see to the cause; or fanfare cancel ${id}` }];
}

async function lapsed({ id }: Broadcast, { ledger }: Installation): Promise<Found[]> {
  const work = await ledger.openWork(id, SOME);
  return (["range", "chunk"] as const).flatMap((kind) => {
    const late = work.filter((one) => one.kind === kind && (one.leaseLeftMs ?? 0) < -LAPSED_MS);
    if (late.length === 0) return [];
    const service = kind === "range" ? "resolver" : "sender";
    const message = `has ${kind}s whose ${service} died more than ${inWords(LAPSED_MS)} ago: ${late.length}`;
    return [{ message, doThis: `see that a ${service} runs` }];
  });
}

/** Of what is cancelled the rest stays unread by somebody's will. */
async function unread({ id, gates }: Broadcast, { ledger }: Installation): Promise<Found[]> {
  if (gates.cancelled) return [];
  const ranges = await ledger.ranges(id);
  const about = ranges.reduce((sum, { unreadAbout }) => sum + unreadAbout, 0);
  if (about === 0) return [];
  const message = `leaves about ${about} registrations out, as they could not be read`;
  return [{ message, doThis: "the resolver's log says why; the others are sent to all the same" }];
}
