import { ConfigError, InvalidInput } from "@fanfare/shared/errors";
import { Interrupted } from "../../cli/src/interrupt.ts";
import { HELP, readOptions } from "./options.ts";
import { describeAll } from "./report.ts";
import { runChaos } from "./run.ts";

/** Exit codes as the fanfare command has them. */
const FAILED = 1;
const USAGE = 2;

try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) console.log(HELP);
  else {
    const report = await runChaos(options);
    console.log(options.json ? JSON.stringify(report) : describeAll(report));
    if (report.failures.length > 0) process.exitCode = FAILED;
  }
} catch (error) {
  process.exitCode = explain(error);
}

function explain(error: unknown): number {
  if (error instanceof Interrupted) return error.exitCode;
  const isInput = error instanceof InvalidInput || error instanceof ConfigError;
  console.error(isInput ? error.message : error);
  return isInput ? USAGE : FAILED;
}
