#!/usr/bin/env node
import { ConfigError, InvalidInput } from "@fanfare/shared/errors";
import { Command, CommanderError } from "commander";
import packageFile from "../package.json" with { type: "json" };
import { demoCommand } from "./demo/command.ts";
import { failuresCommand } from "./failures.ts";
import { importCommand } from "./import.ts";
import { Interrupted } from "./interrupt.ts";
import { listCommand } from "./list.ts";
import { pruneCommand } from "./prune.ts";
import { restoreCommand } from "./restore.ts";
import { resumeCommand } from "./resume.ts";
import { sendCommand } from "./send.ts";
import { statusCommand } from "./status.ts";
import { topologyCommand } from "./topology.ts";
import { upCommand } from "./up.ts";

/** Exit codes: 0 all is well, 1 it was tried and did not work out, 2 the command line or the input is at fault. */
const FAILED = 1;
const USAGE = 2;

const HELP = `
A first try:
  fanfare demo                               everything at once, on simulated phones
  fanfare import devices.csv                 your registrations, into ./.fanfare
  fanfare up                                 keeps running; in another terminal:
  fanfare send --title Hello --text World --audience all
  fanfare status <id> --wait

Exit codes: 0 all is well, 1 it was tried and failed, 2 bad input.`;

const program = new Command("fanfare")
  .description("Push broadcasts for Firebase apps. This command runs the whole pipeline on one machine.")
  .version(packageFile.version)
  .addHelpText("after", HELP);

const commands = [
  upCommand,
  demoCommand,
  importCommand,
  sendCommand,
  listCommand,
  statusCommand,
  failuresCommand,
  resumeCommand,
  pruneCommand,
  restoreCommand,
  topologyCommand,
];
for (const add of commands) add(program);
for (const command of [program, ...program.commands]) {
  const name = command === program ? "fanfare" : `fanfare ${command.name()}`;
  command.exitOverride().showHelpAfterError(`(${name} --help shows how it is used)`);
}

/** An error of standard output comes from the stream itself and from whoever wrote to it: it is told once. */
let explained: unknown;
process.stdout.on("error", (error) => {
  process.exitCode = explain(error);
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}

/** Says what went wrong in words a person can act on, and gives the exit code for it. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
  if (error instanceof Interrupted) return error.exitCode;
  if (error instanceof InvalidInput || error instanceof ConfigError) {
    console.error(error.message);
    return USAGE;
  }
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  // A reader that has seen enough, such as head, is no failure.
  if (code === "EPIPE") return Number(process.exitCode ?? 0);
  // Errors with a code say all in their message. Others are mistakes of ours: the stack tells where.
  if (error !== explained) console.error(code === undefined ? error : (error as Error).message);
  explained = error;
  return FAILED;
}
