import { InvalidInput } from "@fanfare/shared/errors";
import { readCount } from "@fanfare/terminal/read-count";
import { Command, Option } from "commander";
import { KINDS, type Kind } from "./kinds.ts";

export interface ChaosOptions {
  /** The rounds to run, by number. */
  rounds: number[];
  /** What all rounds are drawn from. */
  seed: string;
  /** On Google's emulators instead of data files. */
  emulators: boolean;
  /** What goes wrong. */
  faults: readonly Kind[];
  json: boolean;
}

/** As the command line has them. */
export interface Flags {
  rounds: string;
  round?: string;
  seed: string;
  faults?: string;
  emulators?: boolean;
  json?: boolean;
}

const HELP = `
Exit codes: 0 every promise was kept, 1 one was not, 2 bad input.`;

const MOST_ROUNDS = 100_000;

export function chaosCommand(): Command {
  const again = new Option("--round <number>", "only the round of this number: plays a failed one again");
  return new Command("npm run chaos --")
    .description(
      "Rounds of random kills and stalls, clocks that step, lost, doubled and late messages, and faults of FCM's; after each the promises are checked against the log of a simulated FCM, address by address.",
    )
    .option("--rounds <number>", "how many rounds", "10")
    .option("--seed <text>", "what all chance follows from", "1")
    .addOption(again.conflicts("rounds"))
    .option("--faults <list>", `only these of ${KINDS.join(", ")}, with commas between (default: all)`)
    .option("--emulators", "run on Google's emulators of Pub/Sub and Firestore instead of data files")
    .option("--json", "print one JSON object at the end")
    .addHelpText("after", HELP);
}

/** @throws InvalidInput that names the flag at fault */
export function readOptions(given: Flags): ChaosOptions {
  const { rounds, round, seed, emulators = false, json = false } = given;
  const flags = { seed, emulators, faults: readKinds(given.faults), json };
  if (round !== undefined) return { ...flags, rounds: [readCount("--round", round, MOST_ROUNDS)] };
  const count = readCount("--rounds", rounds, MOST_ROUNDS);
  return { ...flags, rounds: Array.from({ length: count }, (_, index) => index + 1) };
}

function readKinds(list: string | undefined): readonly Kind[] {
  if (list === undefined) return KINDS;
  const names = new Set(list.split(",").map((name) => name.trim()));
  const unknown = [...names].find((name) => !KINDS.some((kind) => kind === name));
  if (unknown === undefined) return KINDS.filter((kind) => names.has(kind));
  const message = `${JSON.stringify(unknown)} is not one of ${KINDS.join(", ")}`;
  throw new InvalidInput([{ field: "--faults", message }]);
}

/** The command that plays one round again. */
export function replayCommand({ seed, emulators, faults }: ChaosOptions, round: number): string {
  const quoted = /^[\w.-]+$/.test(seed) ? seed : `'${seed.replaceAll("'", "'\\''")}'`;
  const only = faults.length < KINDS.length ? ` --faults ${faults.join(",")}` : "";
  return `npm run chaos -- --seed ${quoted} --round ${round}${only}${emulators ? " --emulators" : ""}`;
}
