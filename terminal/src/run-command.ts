import { ConfigError, InvalidInput } from "@fanfare/shared/errors";
import { type Command, CommanderError } from "commander";
import { Interrupted } from "./interrupt.ts";
import { shield } from "./terminal.ts";

/** Exit codes: 0 all is well, 1 it was tried and did not work out, 2 the command line or the input is at fault. */
export const FAILED = 1;
const USAGE = 2;

/** Runs what this process's arguments ask for, says what went wrong, and sets the exit code. */
export async function runCommand(program: Command): Promise<void> {
  for (const command of [program, ...program.commands]) {
    const name = command === program ? program.name() : `${program.name()} ${command.name()}`;
    command.exitOverride().showHelpAfterError(`(${name} --help shows how it is used)`);
  }
  for (const stream of [process.stdout, process.stderr]) shield(stream);
  process.stdout.on("error", (error) => {
    process.exitCode = explain(error);
  });
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = explain(error);
  }
}

/** An error of standard output comes from the stream itself and from whoever wrote to it: it is told once. */
let explained: unknown;

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
