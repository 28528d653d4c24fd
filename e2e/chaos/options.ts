import { Command, Option } from "commander";
import { readCount } from "../../cli/src/read-count.ts";

export interface ChaosOptions {
  /** The rounds to run, by number. */
  rounds: number[];
  /** What all rounds are drawn from. */
  seed: string;
  /** On Google's emulators instead of data files. */
  emulators: boolean;
  json: boolean;
}

/** As the command line has them. */
export interface Flags {
  rounds: string;
  round?: string;
  seed: string;
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
      "Rounds of random kills, lost, doubled and late messages, and faults of FCM's; after each the promises are checked against the log of a simulated FCM, address by address.",
    )
    .option("--rounds <number>", "how many rounds", "10")
    .option("--seed <text>", "what all chance follows from", "1")
    .addOption(again.conflicts("rounds"))
    .option("--emulators", "run on Google's emulators of Pub/Sub and Firestore instead of data files")
    .option("--json", "print one JSON object at the end")
    .addHelpText("after", HELP);
}

/** @throws InvalidInput that names the flag at fault */
export function readOptions({ rounds, round, seed, emulators = false, json = false }: Flags): ChaosOptions {
  const flags = { seed, emulators, json };
  if (round !== undefined) return { ...flags, rounds: [readCount("--round", round, MOST_ROUNDS)] };
  const count = readCount("--rounds", rounds, MOST_ROUNDS);
  return { ...flags, rounds: Array.from({ length: count }, (_, index) => index + 1) };
}

/** The command that plays one round again. */
export function replayCommand({ seed, emulators }: ChaosOptions, round: number): string {
  const quoted = /^[\w.-]+$/.test(seed) ? seed : `'${seed.replaceAll("'", "'\\''")}'`;
  return `npm run chaos -- --seed ${quoted} --round ${round}${emulators ? " --emulators" : ""}`;
}
