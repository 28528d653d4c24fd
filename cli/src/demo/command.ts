import { InvalidInput } from "@fanfare/shared/errors";
import type { Command } from "commander";
import { FAULT_LEVELS } from "./faults.ts";
import { type DemoOptions, runDemo } from "./run.ts";

interface Flags {
  registrations: string;
  seed: string;
  audience: string;
  chaos?: boolean;
  faults: string;
  quota?: string;
  data?: string;
  json?: boolean;
}

export function demoCommand(program: Command): void {
  program
    .command("demo")
    .description("seed registrations, send one broadcast to a simulated FCM, and check every address")
    .option("--registrations <number>", "how many documents to seed", "20000")
    .option("--seed <text>", "what all chance follows from", "1")
    .option("--audience <whom>", "all, android or ios", "all")
    .option("--chaos", "kill the sender in mid-send, again and again")
    .option("--faults <level>", `what FCM does wrong: ${FAULT_LEVELS.join(", ")}`, "some")
    .option("--quota <number>", "messages a minute that FCM allows (default: no limit)")
    .option(
      "--data <dir>",
      "keep the data file in this folder (default: a temporary one, removed at the end)",
    )
    .option("--json", "print JSON for programs: the last line is the report")
    .action(async (flags: Flags) => {
      if (!(await runDemo(readOptions(flags)))) process.exitCode = 1;
    });
}

function readOptions(flags: Flags): DemoOptions {
  const { audience, faults, seed, data } = flags;
  return {
    registrations: count("--registrations", flags.registrations),
    seed,
    platform:
      audience === "all"
        ? undefined
        : oneOf("--audience", audience, ["all", "android", "ios"] as const, "android", "ios"),
    chaos: flags.chaos ?? false,
    faults: oneOf("--faults", faults, FAULT_LEVELS, ...FAULT_LEVELS),
    quota: flags.quota === undefined ? null : count("--quota", flags.quota),
    json: flags.json ?? false,
    ...(data !== undefined && { data }),
  };
}

function count(flag: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new InvalidInput([{ field: flag, message: "must be a whole number from 1 up" }]);
  return Number(text);
}

function oneOf<T extends string>(flag: string, text: string, shown: readonly string[], ...choices: T[]): T {
  const choice = choices.find((one) => one === text);
  if (choice === undefined)
    throw new InvalidInput([{ field: flag, message: `must be one of ${shown.join(", ")}` }]);
  return choice;
}
