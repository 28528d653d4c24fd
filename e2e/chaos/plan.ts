import { createRandom } from "@fanfare/demo/random";
import type { Mischief } from "@fanfare/local/installation/relay";
import type { OnCrash } from "@fanfare/shared/domain/broadcast";
import type { Platform } from "@fanfare/shared/domain/registration";
import type { FaultsPatch } from "@fanfare/simulator";
import { type Chance, createChance } from "./chance.ts";
import { type ClockPlan, drawClock } from "./clock.ts";
import { KINDS, type Kind, onlyKinds } from "./kinds.ts";
import { ODD } from "./population.ts";
import { drawSpells, type Spell } from "./spell.ts";
import { drawStalls, type Stall } from "./stall.ts";
import { drawTroubles, type Trouble } from "./trouble.ts";

/** What is to happen in one round. The same seed and number give the same plan; when things meet is left to chance. */
export interface Plan {
  /** The round's own seed. */
  seed: string;
  population: PopulationPlan;
  broadcasts: BroadcastPlan[];
  senders: number;
  /** Whether senders pull. On the emulators only. */
  pull: boolean;
  rangeSize: number;
  faults: FaultsPatch;
  troubles: Trouble[];
  spells: Spell[];
  /** Whether the operator accepts the refusals that a broadcast is held for, instead of having all members tried again. */
  acceptsRefusals: boolean;
  kills: Kill[];
  stalls: Stall[];
  /** Null for clocks that are right. */
  clock: ClockPlan | null;
  mischief: Omit<Mischief, "random" | "tell">;
  /** Closes the gate of the first broadcast so long after its first message went out; null for never. */
  holdAfterMs: number | null;
  /** The share of dead documents that the app writes again before they are pruned. */
  refreshed: number;
  /** Devices that register after the release. */
  latecomers: number;
}

export interface PopulationPlan {
  documents: number;
  /** Shares of all documents. */
  dead: number;
  foreign: number;
  malformed: number;
  weird: number;
  odd: Record<(typeof ODD)[number], number>;
  withoutAddress: number;
  again: number;
  /** One address is in so many documents; 0 for none. */
  crowd: number;
}

export interface BroadcastPlan {
  platforms: Platform[] | undefined;
  /** How many users are listed; undefined for everybody. */
  users: number | undefined;
  onCrash: OnCrash;
  ownCollapseId: boolean;
  /** So long after its submission it is due; 0 for at once. */
  dueAfterMs: number;
  /** How often the same request is made, at once. */
  asked: number;
}

export interface Kill {
  /** Milliseconds since the kill before, or the submission. */
  afterMs: number;
  /** A sender once FCM owes somebody an answer, any process at any moment, or all of them at once. */
  whom: "sender-in-mid-send" | "anybody" | "all";
  /** Which of those it may be, from 0 to 1. */
  which: number;
  /** How long nobody stands in for the dead, in milliseconds. */
  downMs: number;
}

/** Lease lengths in seconds: short, so that work of killed processes is free again soon; longer on the slow emulators. */
export const LEASE_SECONDS = { file: 2, emulators: 5 };

export function drawPlan(
  seed: string,
  round: number,
  emulators: boolean,
  kinds: readonly Kind[] = KINDS,
): Plan {
  return agree(onlyKinds(drawAll(`${seed}/${round}`, emulators), kinds));
}

/** What is for later comes in time only where the clock is right in the end. */
function agree(plan: Plan): Plan {
  const { clock } = plan;
  if (!clock) return plan;
  const comes = clock.corrected && clock.submittedMs === 0;
  const broadcasts = comes ? plan.broadcasts : plan.broadcasts.map((one) => ({ ...one, dueAfterMs: 0 }));
  return { ...plan, broadcasts };
}

function drawAll(own: string, emulators: boolean): Plan {
  const chance = createChance(createRandom(own));
  // Of their own: what was drawn before there were any stays what it was.
  const chanceOf = (what: string) => createChance(createRandom(`${own} ${what}`));
  const leaseMs = LEASE_SECONDS[emulators ? "emulators" : "file"] * 1_000;
  const odd = chanceOf("odd answers");
  const population = { ...drawPopulation(chance, emulators), odd: drawOdd(odd) };
  return {
    seed: own,
    population,
    broadcasts: drawBroadcasts(chance, population.documents),
    senders: chance.between(1, 3),
    pull: chance.is(0.5),
    rangeSize: chance.small(20, population.documents),
    faults: { ...drawFaults(chance, emulators), ...drawOddFaults(odd, population.documents) },
    troubles: chance.is(0.5) ? drawTroubles(chance) : [],
    kills: drawKills(chance, emulators),
    mischief: drawMischief(chance),
    holdAfterMs: chance.is(0.35) ? chance.between(0, 500) : null,
    refreshed: chance.is(0.6) ? chance.upTo(0.5) : 0,
    latecomers: chance.is(0.5) ? chance.between(1, 60) : 0,
    stalls: drawStalls(chanceOf("stalls"), leaseMs),
    clock: drawClock(chanceOf("clock")),
    spells: drawSpells(chanceOf("spells")),
    acceptsRefusals: chanceOf("operator").is(0.3),
  };
}

/** On the emulators not many: every query of theirs looks at every document. */
function drawPopulation(chance: Chance, emulators: boolean): Omit<PopulationPlan, "odd"> {
  const documents = emulators ? chance.between(500, 1_500) : chance.small(500, 6_000);
  // More than anybody can believe: nothing is to be pruned then, where there are enough of them.
  const beyondBelief = chance.is(0.12);
  return {
    documents,
    dead: beyondBelief ? 0.75 : chance.upTo(0.2),
    foreign: chance.upTo(0.03),
    malformed: chance.upTo(0.03),
    weird: chance.upTo(0.05),
    withoutAddress: chance.upTo(0.03),
    again: chance.upTo(0.1),
    crowd: chance.is(0.3) ? chance.between(2, Math.min(700, documents / 4)) : 0,
  };
}

/** Few, as there are of other projects: what they are answered is to decide nothing for others. */
function drawOdd(chance: Chance): PopulationPlan["odd"] {
  const shares = ODD.map((nature) => [nature, chance.is(0.5) ? chance.upTo(0.02) : 0]);
  return Object.fromEntries(shares) as PopulationPlan["odd"];
}

/** Pages of something that is not FCM, and a quota that is spent a few times. Its window here is a second. */
function drawOddFaults(chance: Chance, documents: number): FaultsPatch {
  return {
    page: chance.is(0.4) ? chance.upTo(0.03) : 0,
    pageStatus: chance.pick([null, null, 404]),
    quotaPerMinute: chance.is(0.25) ? chance.between(Math.ceil(documents / 3), documents) : null,
  };
}

function drawBroadcasts(chance: Chance, documents: number): BroadcastPlan[] {
  return Array.from({ length: chance.between(1, 3) }, () => ({
    platforms: chance.pick<Platform[] | undefined>([
      undefined,
      undefined,
      ["android"],
      ["ios"],
      ["web", "ios"],
    ]),
    users: chance.pick([
      undefined,
      undefined,
      undefined,
      chance.between(1, 30),
      chance.between(30, documents),
    ]),
    onCrash: chance.is(0.75) ? "repeat" : "miss",
    ownCollapseId: chance.is(0.3),
    dueAfterMs: chance.is(0.2) ? chance.between(1_000, 2_000) : 0,
    asked: chance.is(0.3) ? chance.between(2, 3) : 1,
  }));
}

/**
 * Each fault in some rounds. Chances are of an attempt; an address is spared from its fourth on. On the emulators FCM is
 * slow, and takes little at a time: they start slowly themselves, and there has to be something to kill.
 */
function drawFaults(chance: Chance, emulators: boolean): FaultsPatch {
  const meanMs = emulators ? chance.between(200, 800) : chance.between(20, 400);
  const sometimes = (most: number) => (chance.is(0.4) ? chance.upTo(most) : 0);
  return {
    latency: { meanMs, jitterMs: Math.round(meanMs * chance.upTo(1)) },
    retryAfterSeconds: chance.between(0, 1),
    error429: sometimes(0.001),
    error500: sometimes(0.03),
    error503: sometimes(0.03),
    error503After: sometimes(0.03),
    drop: sometimes(0.03),
    dropConnection: chance.is(0.1),
    refuse: sometimes(0.03),
    abort: sometimes(0.002),
    stall: chance.is(0.03) ? 0.002 : 0,
    stallBody: chance.is(0.03) ? 0.002 : 0,
    goaway: sometimes(0.003),
    garble: sometimes(0.1),
    maxConcurrentStreams: chance.pick(emulators ? [100, 10, 5] : [100, 100, 10, 1_000]),
  };
}

/** On the emulators rounds are few, so that each is to have some. */
function drawKills(chance: Chance, emulators: boolean): Kill[] {
  return chance.many(emulators ? 2 : 0, 7, () => ({
    afterMs: chance.between(20, 700),
    whom: chance.is(0.1) ? "all" : chance.is(0.6) ? "sender-in-mid-send" : "anybody",
    which: chance.upTo(1),
    downMs: chance.is(0.3) ? chance.between(50, 1_000) : 0,
  }));
}

function drawMischief(chance: Chance): Plan["mischief"] {
  if (chance.is(0.1)) return { dropped: 0, doubled: 0, delayed: 0, maxDelayMs: 1 };
  return {
    dropped: chance.upTo(0.2),
    doubled: chance.upTo(0.3),
    delayed: chance.upTo(0.5),
    maxDelayMs: chance.between(50, 1_500),
  };
}
