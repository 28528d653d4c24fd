import { FAILED, runCommand } from "@fanfare/terminal/run-command";
import { chaosCommand, type Flags, readOptions } from "./options.ts";
import { describeAll } from "./report.ts";
import { runChaos } from "./run.ts";

const program = chaosCommand().action(async (flags: Flags) => {
  const options = readOptions(flags);
  const report = await runChaos(options);
  console.log(options.json ? JSON.stringify(report) : describeAll(report));
  if (report.failures.length > 0) process.exitCode = FAILED;
});
await runCommand(program);
