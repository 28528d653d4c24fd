import { showProgress } from "@fanfare/terminal/progress";
import { FAILED, runCommand } from "@fanfare/terminal/run-command";
import { Command, Option } from "commander";
import { type Flags, KINDS, type Play, readPlays } from "./options.ts";
import { describeRound, describeTrial, describeTrials } from "./report.ts";
import { playRound } from "./round.ts";
import { TIMES } from "./stage.ts";
import { LEASES } from "./stall-plan.ts";
import { playTrial, type TrialReport } from "./trial.ts";

const program = new Command("npm run stops --")
  .description(
    "Cancels broadcasts in mid-send, and pauses others, kills every process and resumes; then holds the lists of who was reached against the log of a simulated FCM, address by address. With --stall, senders stall (SIGSTOP) in mid-send and wake once the stop has answered.",
  )
  .option("--seeds <number>", "how many seeds; each is cancelled once and paused once (default: 10)")
  .option("--seed <text>", "only this seed: plays a failed one again")
  .addOption(new Option("--kind <kind>", "only these stops").choices(KINDS))
  .option("--stall", "senders stall, at leases of 2, 5 and 30 seconds in turn")
  .option("--trials <number>", "with --stall: how many trials (default: 30)")
  .option("--lease <seconds>", `with --stall: only this lease, ${LEASES.join(", ")} or another`)
  .option("--registrations <number>", "how large each audience is (default: 200000; with --stall 8000)")
  .option("--json", "print one JSON object for each round")
  .action(async (flags: Flags) => {
    const plays = readPlays(flags);
    Object.assign(process.env, TIMES);
    const progress = showProgress("stops", plays.length, flags.stall ? "trials" : "rounds");
    const trials: TrialReport[] = [];
    for (const [done, one] of plays.entries()) {
      const { report, text } = await play(one, trials);
      if (report.findings.length > 0) process.exitCode = FAILED;
      if (flags.json) console.log(JSON.stringify(report));
      else progress.say(text);
      progress.update(done + 1);
    }
    progress.end();
    if (flags.stall && !flags.json) console.log(describeTrials(trials));
  });

async function play(one: Play, trials: TrialReport[]) {
  if (one.kind === "stall") {
    const report = await playTrial(one.seed, one.leaseSeconds, one.registrations);
    trials.push(report);
    return { report, text: describeTrial(report) };
  }
  const report = await playRound(one.kind, one.seed, one.registrations);
  return { report, text: describeRound(report) };
}

await runCommand(program);
