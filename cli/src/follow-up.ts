import { readSettings, withExistingStore } from "@fanfare/local/installation/open";
import { type Broadcast, isFinished } from "@fanfare/shared/domain/broadcast";
import { longestMsOf } from "@fanfare/shared/hosting/settings";
import { correct, planCorrection } from "@fanfare/shared/operations/correct";
import type { FollowUp, FollowUpDeps } from "@fanfare/shared/operations/follow-up";
import { planRetry, retry } from "@fanfare/shared/operations/retry";
import { untilClosed } from "@fanfare/shared/operations/until-closed";
import { type ProgressLine, showProgress } from "@fanfare/terminal/progress";
import type { Command } from "commander";
import {
  type CommonOptions,
  DATA_HELP,
  JSON_HELP,
  PROJECT_HELP,
  withCommonOptions,
} from "./common-options.ts";
import { confirmed, confirmLimit } from "./confirm.ts";
import { type ContentOptions, contentOf, withContentOptions } from "./content-options.ts";
import { dataFolderOf, flagOf, inFlags } from "./send-options.ts";
import { whoActs } from "./who.ts";

interface FollowUpOptions extends CommonOptions {
  confirm?: string;
}

type CorrectOptions = ContentOptions & Omit<FollowUpOptions, "data">;

const CONFIRM_HELP = "send without asking, if it reaches at most this many devices";
const CORRECT_HELP = `
What is not given stays as in the original; --data replaces all of its data.
Whoever got a retry of it is reached, too. Waits for one that is being cancelled.`;

export function retryCommand(program: Command): void {
  const text = "send a broadcast again to whom it failed for a reason that can pass";
  withCommonOptions(program.command("retry <id>").description(text))
    .option("--confirm <number>", CONFIRM_HELP)
    .action((id: string, options: FollowUpOptions) => {
      const who = whoActs();
      return followUp(
        options,
        (deps) => planRetry(deps, id, who),
        (deps) => retry(deps, id, who),
      );
    });
}

export function correctCommand(program: Command): void {
  const text = "replace a broadcast on the phones that show it, or may";
  withContentOptions(program.command("correct <id>").description(text))
    .option("--confirm <number>", CONFIRM_HELP)
    .option("--data-dir <dir>", DATA_HELP)
    .option("--project <id>", PROJECT_HELP)
    .option("--json", JSON_HELP)
    .addHelpText("after", CORRECT_HELP)
    .action((id: string, options: CorrectOptions) => {
      const { data: _pairs, dataDir: _folder, ...others } = options;
      const [change, who] = [contentOf(options), whoActs()];
      const plan = async (deps: FollowUpDeps) => {
        await waitUntilClosed(deps, id);
        return planCorrection(deps, id, change, who);
      };
      const common = { ...others, ...dataFolderOf(options) };
      return inFlags(() => followUp(common, plan, (deps) => correct(deps, id, change, who)), nameOf);
    });
}

/** Only what is in the content has a flag here. */
function nameOf(field: string): string {
  return field.startsWith("content") ? flagOf(field) : field;
}

/** Shows how many devices it reaches, asks, and sends. What was asked for before is not asked again. */
async function followUp(
  options: FollowUpOptions,
  plan: (deps: FollowUpDeps) => Promise<FollowUp>,
  make: (deps: FollowUpDeps) => Promise<Broadcast>,
): Promise<void> {
  const limit = confirmLimit(options);
  const longestMs = longestMsOf(readSettings(options));
  await withExistingStore(options, async (store) => {
    const deps = { ...store, longestMs };
    const { known, count } = await plan(deps);
    if (known || (await confirmed(count, limit, "devices"))) report(await make(deps), count, options);
    else process.exitCode = 1;
  });
}

function report({ id, phase }: Broadcast, count: number, { json, project }: FollowUpOptions): void {
  const hint = project === undefined ? " A running `fanfare up` sends it." : "";
  if (json) console.log(JSON.stringify({ broadcastId: id, state: phase, devices: count }));
  else if (isFinished(phase)) console.log(`${id} was sent before: ${phase}.`);
  else console.log(`${id} is on its way, to ${count} devices.${hint}`);
}

/** Waits for a broadcast that is being cancelled. */
async function waitUntilClosed(deps: FollowUpDeps, id: string): Promise<void> {
  let progress: ProgressLine | undefined;
  await untilClosed(deps, id, (done, all) => {
    progress ??= showProgress("being cancelled:", all, "members");
    progress.update(done);
  });
  progress?.end();
}
