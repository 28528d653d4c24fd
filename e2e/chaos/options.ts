import { parseArgs } from "node:util";
import { InvalidInput } from "@fanfare/shared/errors";
import { readCount } from "../../cli/src/read-count.ts";

export interface ChaosOptions {
  /** The rounds to run, by number. */
  rounds: number[];
  /** What all rounds are drawn from. */
  seed: string;
  /** On Google's emulators instead of data files. */
  emulators: boolean;
  json: boolean;
  help: boolean;
}

export const HELP = `Usage: npm run chaos -- [options]

Rounds of random kills, lost, doubled and late messages, and faults of FCM's; after each the promises are checked
against the log of a simulated FCM, address by address.

  --rounds <number>  how many rounds (default: 10)
  --seed <text>      what all chance follows from (default: 1)
  --round <number>   only the round of this number: plays a failed one again
  --emulators        run on Google's emulators of Pub/Sub and Firestore instead of data files
  --json             print one JSON object at the end
  --help             show this

Exit codes: 0 every promise was kept, 1 one was not, 2 bad input.`;

const FLAGS = {
  rounds: { type: "string" },
  seed: { type: "string", default: "1" },
  round: { type: "string" },
  emulators: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

const DEFAULT_ROUNDS = "10";
const MOST_ROUNDS = 100_000;

/** @throws InvalidInput that names the flag at fault */
export function readOptions(args: string[]): ChaosOptions {
  const { rounds, round, ...flags } = parse(args);
  if (rounds !== undefined && round !== undefined)
    throw new InvalidInput([{ field: "--round", message: "plays one round; leave --rounds away" }]);
  if (round !== undefined) return { ...flags, rounds: [readCount("--round", round, MOST_ROUNDS)] };
  const count = readCount("--rounds", rounds ?? DEFAULT_ROUNDS, MOST_ROUNDS);
  return { ...flags, rounds: Array.from({ length: count }, (_, index) => index + 1) };
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: FLAGS }).values;
  } catch (error) {
    const message = (error as Error).message;
    const field = /'(-[^' ]*)/.exec(message)?.[1] ?? "arguments";
    throw new InvalidInput([{ field, message }]);
  }
}

/** The command that plays one round again. */
export function replayCommand({ seed, emulators }: ChaosOptions, round: number): string {
  const quoted = /^[\w.-]+$/.test(seed) ? seed : `'${seed.replaceAll("'", "'\\''")}'`;
  return `npm run chaos -- --seed ${quoted} --round ${round}${emulators ? " --emulators" : ""}`;
}
