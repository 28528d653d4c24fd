import { randomInt } from "node:crypto";
import { InvalidInput } from "@fanfare/shared/errors";
import { readCount } from "@fanfare/terminal/read-count";
import { Command } from "commander";
import { TARGETS, type Target } from "./targets.ts";

export interface FuzzOptions {
  requests: number;
  /** What all chance follows from. */
  seed: string;
  targets: readonly Target[];
  /** Only the request of this number. */
  only?: number | undefined;
  json: boolean;
}

/** As the command line has them. */
export interface Flags {
  requests: string;
  request?: string;
  seed?: string;
  functions?: string;
  json?: boolean;
}

const HELP = `
Exit codes: 0 all was judged good, 1 something was not, 2 bad input. It needs Google's emulators.`;

const MOST_REQUESTS = 10_000_000;

export function fuzzCommand(): Command {
  return new Command("npm run fuzz:doors --")
    .description(
      "Builds every function and sends requests to each that are hostile, huge or malformed; then judges the answers, the memory, the logs and what is stored. Meanwhile a client makes good calls, whose times are reported.",
    )
    .option("--requests <number>", "how many requests", "5000")
    .option("--seed <text>", "what all chance follows from (default: another each time)")
    .option("--request <number>", "only the request of this number: sends one again")
    .option("--functions <list>", "only these functions, with commas between, such as scheduler.push")
    .option("--json", "print one JSON object at the end")
    .addHelpText("after", HELP);
}

/** @throws InvalidInput that names the flag at fault */
export function readOptions({ requests, request, seed, functions, json = false }: Flags): FuzzOptions {
  return {
    requests: readCount("--requests", requests, MOST_REQUESTS),
    seed: seed ?? String(randomInt(1_000_000)),
    targets: readTargets(functions),
    only: request === undefined ? undefined : readCount("--request", request, MOST_REQUESTS),
    json,
  };
}

function readTargets(list: string | undefined): readonly Target[] {
  if (list === undefined) return TARGETS;
  const names = list.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !TARGETS.some((target) => target.name === name));
  if (unknown === undefined) return TARGETS.filter(({ name }) => names.includes(name));
  const message = `${JSON.stringify(unknown)} is not one of ${TARGETS.map(({ name }) => name).join(", ")}`;
  throw new InvalidInput([{ field: "--functions", message }]);
}

/** The command that sends the same requests again. */
export function replayCommand({ seed, requests, targets }: FuzzOptions): string {
  const quoted = /^[\w.-]+$/.test(seed) ? seed : `'${seed.replaceAll("'", "'\\''")}'`;
  const some =
    targets.length < TARGETS.length ? ` --functions ${targets.map(({ name }) => name).join()}` : "";
  return `npm run fuzz:doors -- --requests ${requests} --seed ${quoted}${some}`;
}
