import { setTimeout as sleep } from "node:timers/promises";
import type { SimulatorClient } from "@fanfare/demo/simulator-client";
import { CONTENT_REFUSED } from "@fanfare/shared/domain/outcome";
import type { FaultsPatch, Nature } from "@fanfare/simulator";
import type { Chance } from "./chance.ts";
import type { Plan } from "./plan.ts";

/** For a while FCM answers many with what is not true of them: refuses their payload or key, or calls them dead. */
const SPELLS = ["payload-fault", "key-fault", "wrong-dead"] as const;

export interface Spell {
  what: (typeof SPELLS)[number];
  /** Only addresses that contain this text are refused: those of one platform, or all. */
  of: string;
  /** The share of those called dead. */
  share: number;
  /** Milliseconds since the spell before, or the submission. */
  afterMs: number;
  lastMs: number;
}

export function drawSpells(chance: Chance): Spell[] {
  if (chance.is(0.5)) return [];
  return chance.many(1, 2, () => ({
    what: chance.pick(SPELLS),
    of: chance.pick(["", ":ios", ":android", ":web"]),
    share: chance.upTo(1),
    afterMs: chance.between(100, 1_500),
    lastMs: chance.between(200, 1_000),
  }));
}

const LIFTED: FaultsPatch = { payloadFaultFor: null, keyFaultFor: null, wrongDead: 0 };

export async function castSpells(
  spells: readonly Spell[],
  simulator: SimulatorClient,
  signal: AbortSignal,
): Promise<void> {
  for (const spell of spells) {
    await sleep(spell.afterMs, undefined, { signal });
    await simulator.setFaults(faultsOf(spell));
    await sleep(spell.lastMs, undefined, { signal });
    await simulator.setFaults(LIFTED);
  }
}

function faultsOf({ what, of, share }: Spell): FaultsPatch {
  switch (what) {
    case "payload-fault":
      return { payloadFaultFor: of };
    case "key-fault":
      return { keyFaultFor: of };
    case "wrong-dead":
      return { wrongDead: share };
  }
}

/** A code with which members may end who are not what it says, as FCM said so for a while. */
export interface Excuse {
  code: string;
  /** A text that their addresses contain. */
  of: string;
  /** Whether only living addresses got that answer. */
  living: boolean;
}

export function excusesOf({ troubles, spells }: Pick<Plan, "troubles" | "spells">): Excuse[] {
  const payload = { code: CONTENT_REFUSED, of: "", living: false };
  return [
    ...troubles.flatMap(({ what }) => (what === "payload-fault" ? [payload] : [])),
    ...spells.map((spell) => excuseOf(spell)),
  ];
}

function excuseOf({ what, of }: Spell): Excuse {
  switch (what) {
    case "payload-fault":
      return { code: CONTENT_REFUSED, of, living: false };
    case "key-fault":
      return { code: "THIRD_PARTY_AUTH_ERROR", of, living: true };
    case "wrong-dead":
      return { code: "UNREGISTERED", of: "", living: true };
  }
}

export function isExcused(
  excuses: readonly Excuse[],
  { address, nature, code }: { address: string; nature: Nature; code: string | undefined },
): boolean {
  const lives = nature === "fine" || nature === "limited";
  return excuses.some((one) => one.code === code && address.includes(one.of) && (lives || !one.living));
}
