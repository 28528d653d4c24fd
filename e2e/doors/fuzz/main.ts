import { showProgress } from "@fanfare/terminal/progress";
import { FAILED, runCommand } from "@fanfare/terminal/run-command";
import { type Flags, fuzzCommand, readOptions } from "./options.ts";
import { describeReport } from "./report.ts";
import { runFuzz } from "./run.ts";

const program = fuzzCommand().action(async (flags: Flags) => {
  const options = readOptions(flags);
  if (!options.json) console.error(`seed ${options.seed}`);
  const report = await runFuzz(options, (total) => showProgress("doors", total, "requests"));
  console.log(options.json ? JSON.stringify(report) : describeReport(report));
  if (report.findings.length > 0) process.exitCode = FAILED;
});
await runCommand(program);
