import { Command, Option } from "commander";
import { showProgress } from "../../cli/src/progress.ts";
import { readCount } from "../../cli/src/read-count.ts";
import { FAILED, runCommand } from "../../cli/src/run-command.ts";
import { type Kind, playRound, type RoundReport } from "./round.ts";
import { TIMES } from "./stage.ts";

interface Flags {
  seeds: string;
  seed?: string;
  registrations: string;
  kind?: Kind;
  json?: boolean;
}

const KINDS: Kind[] = ["cancel", "pause"];
const MOST_SEEDS = 10_000;
const MOST_REGISTRATIONS = 10_000_000;

const program = new Command("npm run stops --")
  .description(
    "Cancels broadcasts in mid-send, and pauses others, kills every process and resumes; then holds the lists of who was reached against the log of a simulated FCM, address by address.",
  )
  .option("--seeds <number>", "how many seeds; each is cancelled once and paused once", "10")
  .option("--seed <text>", "only this seed: plays a failed one again")
  .addOption(new Option("--kind <kind>", "only these stops").choices(KINDS))
  .option("--registrations <number>", "how large each audience is", "200000")
  .option("--json", "print one JSON object for each round")
  .action(async ({ seeds, seed, registrations, kind: only, json }: Flags) => {
    const size = readCount("--registrations", registrations, MOST_REGISTRATIONS);
    const count = readCount("--seeds", seeds, MOST_SEEDS);
    const names =
      seed === undefined ? Array.from({ length: count }, (_, index) => String(index + 1)) : [seed];
    Object.assign(process.env, TIMES);
    const kinds = only ? [only] : KINDS;
    const progress = showProgress("stops", names.length * kinds.length, "rounds");
    let done = 0;
    for (const name of names)
      for (const kind of kinds) {
        const report = await playRound(kind, name, size);
        if (report.findings.length > 0) process.exitCode = FAILED;
        if (json) console.log(JSON.stringify(report));
        else progress.say(describe(report));
        progress.update(++done);
      }
    progress.end();
  });

function describe({ seed, kind, findings, sent, books }: RoundReport): string {
  const { accepted = 0, cancelled = 0, unknown = 0, unresolvedAbout = 0 } = books ?? {};
  const counts = `${accepted} accepted, ${cancelled} cancelled, ${unknown} unknown, about ${unresolvedAbout} unresolved`;
  const verdict = findings.length === 0 ? "✓" : "✗";
  return [`${verdict} ${kind}, seed ${seed}: stopped after ${sent} attempts: ${counts}`, ...findings].join(
    "\n  ",
  );
}

await runCommand(program);
