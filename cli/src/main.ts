#!/usr/bin/env node
import { ConfigError, InvalidInput } from "@fanfare/shared/errors";
import { Command, CommanderError } from "commander";
import { demoCommand } from "./demo/command.ts";
import { failuresCommand } from "./failures.ts";
import { importCommand } from "./import.ts";
import { resumeCommand } from "./resume.ts";
import { sendCommand } from "./send.ts";
import { statusCommand } from "./status.ts";
import { upCommand } from "./up.ts";

/** Exit codes: 0 all is well, 1 it was tried and did not work out, 2 the command line or the input is at fault. */
const USAGE = 2;

const program = new Command("fanfare")
  .description("Push broadcasts for Firebase apps. This command runs the whole pipeline on one machine.")
  .showHelpAfterError("(fanfare --help shows how it is used)");

const commands = [
  upCommand,
  demoCommand,
  importCommand,
  sendCommand,
  statusCommand,
  failuresCommand,
  resumeCommand,
];
for (const add of commands) add(program);
for (const command of [program, ...program.commands]) command.exitOverride();

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}

/** Says what went wrong in words a person can act on, and gives the exit code for it. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
  if (error instanceof InvalidInput || error instanceof ConfigError) {
    console.error(error.message);
    return USAGE;
  }
  console.error(error);
  return 1;
}
