import { createRandom } from "@fanfare/demo/random";
import { createChance } from "../../chaos/chance.ts";
import { goodRequest, nearRequest } from "./near.ts";
import * as bodies from "./raw-bodies.ts";
import * as lines from "./raw-lines.ts";
import type { Draft, Drawn, FuzzRequest } from "./request.ts";
import type { Secrets } from "./secrets.ts";
import type { Target } from "./targets.ts";

/** One client that does not stop, among many that each call a few times. */
const LOUD_CLIENT = "198.51.100.7";

/** How often each is drawn; those that cost much are few. */
const WEIGHTS: [weight: number, draw: (draft: Draft) => Drawn][] = [
  [600, nearRequest],
  [20, goodRequest],
  [30, lines.badLine],
  [60, lines.oddHeaders],
  [15, lines.missingHeader],
  [30, lines.otherMethod],
  [30, lines.oddPath],
  [40, lines.otherType],
  [30, bodies.wrongLength],
  [30, bodies.oddChunks],
  [15, bodies.bomb],
  [3, bodies.flood],
  [5, bodies.fullBody],
  [20, bodies.slow],
  [30, bodies.breaksOff],
  [20, bodies.pipelined],
  [30, bodies.flipped],
  [20, bodies.noise],
];
const TICKETS = WEIGHTS.flatMap(([weight, draw]) => Array.from({ length: weight }, () => draw));

export interface DrawDeps {
  seed: string;
  project: string;
  targets: readonly Target[];
  secrets: Secrets;
  /** By which a function believes a request: a user's, or that of Google's services. */
  tokenFor(target: Target, uid: string): string;
}

/** Draws the requests of a seed: each by its number, so that one can be drawn again by itself. */
export function createDraw({ seed, project, targets, secrets, tokenFor }: DrawDeps) {
  return (index: number): FuzzRequest => {
    const chance = createChance(createRandom(`${seed}/${index}`));
    const target = chance.pick(targets);
    const secret = secrets.of(index);
    const client = chance.is(0.05)
      ? LOUD_CLIENT
      : `10.${Array.from({ length: 3 }, () => chance.between(0, 255)).join(".")}`;
    const draft = { chance, target, secret, project, client, token: tokenFor(target, secret) };
    const draw = chance.pick(TICKETS);
    return { index, target, secret, ending: "waits", method: "POST", isCut: false, ...draw(draft) };
  };
}
