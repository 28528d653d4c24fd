import type { OnCrash } from "@fanfare/shared/domain/broadcast";
import type { PlanLimits } from "@fanfare/shared/domain/plan-chunks";
import type { RegistrationDocument } from "@fanfare/shared/registrations";
import fc from "fast-check";

/** What a person, or another sender, does about a broadcast. */
const COMMANDS = { pause: 60, resumePaused: 60, hold: 25, resumeHeld: 35, cancel: 8 };
export type Command = keyof typeof COMMANDS;

/** Of about a thousand choices, so many as stand here are of each kind. */
const WEIGHTS = {
  ...COMMANDS,
  step: 230,
  run: 100,
  goOn: 40,
  holdBack: 45,
  letGo: 35,
  stall: 35,
  late: 30,
  deliver: 120,
  deliverTwice: 20,
  lose: 15,
  tick: 40,
  wait: 50,
  waitLong: 15,
  "crash-before": 15,
  "crash-after": 15,
  "fail-before": 15,
  "fail-after": 15,
  replaceSender: 10,
  submit: 5,
  refuse: 8,
};

/** Gates that hardly stand still, for what only several turns bring about. */
const BUSY_GATES = { ...WEIGHTS, pause: 250, resumePaused: 250, hold: 50, resumeHeld: 80, cancel: 2 };

/** Calls of a kind of process, of which one may be slow in a run: it takes until it is let go. */
const SLOW = [
  ...["get", "replace", "unpark", "openRoot", "closeChunks", "hinted"].map((what) => `scheduler ${what}`),
  ...["addPage", "cutRange", "closeRange"].map((what) => `resolver ${what}`),
  ...["get", "claimChunk", "renewChunk", "parkChunk", "releaseChunk", "settleChunk"].map(
    (what) => `sender ${what}`,
  ),
  ...["replace", "unpark", "stopRange", "closeChunks", "countHeld"].map((what) => `person ${what}`),
];

/** What happens next, and a number that says with whom and for how long. */
export interface Choice {
  what: keyof typeof WEIGHTS;
  which: number;
}

/** All that a run follows from. */
export interface Plan {
  seed: number;
  documents: RegistrationDocument[];
  /** Whether the audience is a list of users, and not everybody. */
  listed: boolean;
  onCrash: OnCrash;
  /** After the request, where it is not to be sent at once. */
  dueMs: number | null;
  deadlineMs: number | null;
  /** How many registrations the store reads at once, where it can be told. */
  batch: number;
  rangeSize: number;
  limits: PlanLimits;
  slow: string | null;
  /** Whether all goes well until the first message is sent, and for how many steps it does so then or at first. */
  resolved: boolean;
  lead: number;
  choices: Choice[];
}

export interface Size {
  documents: number;
  choices: number;
}

const choicesOf = (weights: typeof WEIGHTS, maxLength: number): fc.Arbitrary<Choice[]> => {
  const kinds = Object.entries(weights) as [Choice["what"], number][];
  const what = fc.oneof(...kinds.map(([kind, weight]) => ({ weight, arbitrary: fc.constant(kind) })));
  return fc.array(fc.record({ what, which: fc.nat() }), { maxLength, size: "max" });
};

/** One of these in a quarter of all plans. */
const sometimes = (...values: number[]) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.constantFrom(...values) });

export function plansOf(size: Size): fc.Arbitrary<Plan> {
  const addresses = fc.array(fc.option(fc.nat(40), { freq: 12 }), {
    minLength: 1,
    maxLength: size.documents,
    size: "max",
  });
  return fc.record({
    seed: fc.nat(),
    documents: addresses.map((numbers) => numbers.map(documentOf)),
    listed: fc.nat(7).map((draw) => draw === 0),
    onCrash: fc.constantFrom<OnCrash[]>("repeat", "repeat", "miss"),
    dueMs: sometimes(5_000, 20_000),
    deadlineMs: sometimes(10_000, 40_000, 90_000),
    batch: fc.integer({ min: 2, max: 6 }),
    rangeSize: fc.integer({ min: 2, max: 12 }),
    limits: fc.record({
      chunkMembers: fc.integer({ min: 1, max: 4 }),
      pageMembers: fc.integer({ min: 1, max: 8 }),
    }),
    slow: fc.option(fc.constantFrom(...SLOW), { freq: 1 }),
    resolved: fc.boolean(),
    lead: fc.nat(60),
    choices: fc.oneof(choicesOf(WEIGHTS, size.choices), choicesOf(BUSY_GATES, size.choices)),
  });
}

/** Some share an address with another, some have none. */
function documentOf(address: number | null, user: number): RegistrationDocument {
  return {
    path: `users/u${user}/fcm_tokens/t`,
    address: address === null ? null : `address-${String(address).padStart(2, "0")}`,
    kind: "token",
    deviceType: "Android",
  };
}

export function requestOf({ documents, listed, onCrash, dueMs, deadlineMs }: Plan, now: number) {
  const time = (ms: number) => new Date(now + ms).toISOString();
  return {
    caller: "a",
    idempotencyKey: "1",
    content: { title: "Hello", text: "World" },
    audience: listed ? { users: documents.map(({ path }) => path.split("/")[1]) } : "all",
    onCrash,
    ...(dueMs !== null && { at: time(dueMs) }),
    ...(deadlineMs !== null && { deadline: time((dueMs ?? 0) + deadlineMs) }),
  };
}
