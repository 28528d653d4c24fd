import type { Audience } from "@fanfare/shared/domain/broadcast";
import type { PlanLimits } from "@fanfare/shared/domain/plan-chunks";
import type { Platform } from "@fanfare/shared/domain/registration";
import fc from "fast-check";

/** Of a thousand choices, about as many as stand here are of each kind. */
const WEIGHTS = {
  step: 280,
  run: 140,
  overtake: 45,
  deliver: 130,
  hint: 25,
  wait: 40,
  waitLong: 30,
  "crash-before": 15,
  "crash-after": 15,
  "fail-before": 15,
  "fail-after": 15,
  drain: 10,
  add: 50,
  remove: 25,
  refresh: 30,
  renew: 15,
  move: 40,
  land: 35,
  crowdComes: 7,
  crowdGoes: 7,
};

/** What happens next, and a number that says with whom. */
export interface Choice {
  what: keyof typeof WEIGHTS;
  which: number;
}

/** A document at the release: of a user, with an address by its place in {@link ADDRESSES}. */
export interface Start {
  user: number;
  address: number | null;
  deviceType: "Android" | "iOS";
  made: "now" | "earlier" | "later";
}

/** All that a run follows from. */
export interface Plan {
  start: Start[];
  audience: Audience;
  /** How many registrations the store reads at once, where it can be told. */
  batch: number;
  rangeSize: number;
  limits: PlanLimits;
  choices: Choice[];
}

export const USERS = 12;

/** U+FF5E comes before U+1F600 in UTF-8, and behind it in UTF-16. */
const LETTERS = ["a", "b", "\u{FF5E}", "\u{1F600}"];
const append = (texts: readonly string[]) => texts.flatMap((text) => LETTERS.map((letter) => text + letter));
const PAIRS = append(LETTERS);
/** No addresses: texts longer than any, that are alike as far as Firestore's index goes. */
const LONG = ["1", "2", "3"].map((end) => "a".repeat(1_500) + end);
/** Few, so that they meet, and many that begin with another. */
export const ADDRESSES = [...LETTERS, ...LONG, ...PAIRS, ...append(PAIRS)];

const choice: fc.Arbitrary<Choice> = fc.record({
  what: fc.oneof(
    ...(Object.entries(WEIGHTS) as [Choice["what"], number][]).map(([what, weight]) => ({
      weight,
      arbitrary: fc.constant(what),
    })),
  ),
  which: fc.nat(),
});

const start: fc.Arbitrary<Start> = fc.record({
  user: fc.nat(USERS - 1),
  address: fc.oneof(
    { weight: 6, arbitrary: fc.nat(ADDRESSES.length - 1) },
    { weight: 3, arbitrary: fc.nat(9) },
    { weight: 1, arbitrary: fc.constant(null) },
  ),
  deviceType: fc.constantFrom("Android", "iOS"),
  made: fc.constantFrom("now", "earlier", "later"),
});

const namesOf = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `users/u${from + index}`);
/** In several parts of those who are read apart: a device may move from those who were read to those who were not. */
const FAR_APART = [...namesOf(0, 4), ...namesOf(USERS, USERS + 500), ...namesOf(4, 8)];
const NEAR = namesOf(0, 8);

const platforms = fc.constant<Platform[]>(["android"]);
const users = fc.constantFrom(NEAR, FAR_APART);
const nearUsers = fc.constant(NEAR);

export interface Size {
  documents: number;
  choices: number;
  /** Whether users may be listed by the hundred, each of which is a query on some stores. */
  manyUsers: boolean;
}

const audiences = ({ manyUsers }: Size): fc.Arbitrary<Audience> => {
  const listed = { users: manyUsers ? users : nearUsers };
  return fc.oneof(
    { weight: 5, arbitrary: fc.constant({}) },
    { weight: 2, arbitrary: fc.record({ platforms }) },
    { weight: 2, arbitrary: fc.record(listed) },
    { weight: 1, arbitrary: fc.record({ ...listed, platforms }) },
  );
};

export function plansOf(size: Size): fc.Arbitrary<Plan> {
  return fc
    .record({
      start: fc.array(start, { minLength: 1, maxLength: size.documents, size: "max" }),
      audience: audiences(size),
      batch: fc.integer({ min: 1, max: 6 }),
      small: fc.option(fc.integer({ min: 1, max: 6 }), { freq: 2 }),
      slack: fc.integer({ min: -2, max: 1 }),
      limits: fc.record({
        chunkMembers: fc.integer({ min: 1, max: 4 }),
        pageMembers: fc.integer({ min: 1, max: 6 }),
      }),
      choices: fc.array(choice, { maxLength: size.choices, size: "max" }),
    })
    .map(({ small, slack, ...plan }) => ({
      ...plan,
      // As a rule it depends on the next who comes or goes whether they are cut.
      rangeSize: small ?? Math.max(1, Math.floor((countAdmitted(plan) - 1) / 2) + slack),
    }));
}

/** How many there are to be read, where users are not listed. */
function countAdmitted({ start, audience }: Pick<Plan, "start" | "audience">): number {
  const admitted = start.filter(
    ({ address, deviceType }) => address !== null && (!audience.platforms || deviceType === "Android"),
  );
  return admitted.length;
}
