import { randomUUID } from "node:crypto";
import { createProjectClock } from "@fanfare/local/installation/google";
import { hasStore, readSettings, withStore } from "@fanfare/local/installation/open";
import { certainClock } from "@fanfare/shared/clock";
import { type Broadcast, isFinished } from "@fanfare/shared/domain/broadcast";
import { broadcastId } from "@fanfare/shared/domain/ids";
import { parseRequest } from "@fanfare/shared/events/broadcast-requests";
import { longestMsOf } from "@fanfare/shared/hosting/settings";
import { estimateAudience } from "@fanfare/shared/operations/estimate";
import { CATCH_UP_MS, checkRequest, submit } from "@fanfare/shared/operations/submit";
import type { Command } from "commander";
import { DATA_HELP, JSON_HELP, PROJECT_HELP } from "./common-options.ts";
import { confirmed, confirmLimit } from "./confirm.ts";
import { withCollapseId, withContentOptions } from "./content-options.ts";
import { dataFolderOf, inFlags, requestOf, type SendOptions } from "./send-options.ts";

const HELP = `
Shows how many registrations are reached, and asks. A script says by --confirm
how many it expects at most.

Examples:
  fanfare send --title Hello --text World --audience all
  fanfare send --title Sale --text "Today only" --users ada,users/bob --page Shop
  fanfare send --title Hi --text There --audience ios --at "2027-01-31 18:00" \\
    --confirm 5000 --idempotency-key january --json`;

export function sendCommand(program: Command): void {
  const command = program.command("send").description("send a notification, now or at a time");
  withContentOptions(command)
    .option("--audience <whom>", "all, android or ios")
    .option("--users <paths>", "users to reach, separated by commas; with --audience their devices of it");
  withCollapseId(command)
    .option("--at <time>", "when to send: ISO date and time; local time where it has no zone")
    .option("--deadline <time>", "when it is of no use any more: what is not sent by then is not sent")
    .option("--on-crash <what>", "send again to whom an attempt was cut off: repeat (default) or miss")
    .option("--urgent", "before others although the audience is large; up to 500 listed users always are")
    .option("--per-minute <number>", "messages a minute at most, by all senders together")
    .option("--idempotency-key <key>", "sending again with the same key sends nothing twice")
    .option("--confirm <number>", "send without asking, if it reaches at most this many registrations")
    .option("--data-dir <dir>", DATA_HELP)
    .option("--project <id>", PROJECT_HELP)
    .option("--json", JSON_HELP)
    .addHelpText("after", HELP)
    .action(send);
}

async function send(options: SendOptions): Promise<void> {
  const { project, json = false } = options;
  const common = { ...dataFolderOf(options), ...(project !== undefined && { project }) };
  const settings = readSettings(common);
  const { FANFARE_USERS_COLLECTION: usersCollection } = settings;
  const longestMs = longestMsOf(settings);
  const rules = { usersCollection, catchUpMs: CATCH_UP_MS, longestMs };
  const request = requestOf(options, randomUUID());
  const limit = confirmLimit(options);
  const check = (now: () => number) => checkRequest(request, "direct", { ...rules, now });
  // Checked before the data file is made, so that a refused request leaves nothing behind.
  const { caller, idempotencyKey, audience } = await inFlags(() =>
    hasStore(common) ? parseRequest(request, usersCollection) : check(Date.now),
  );
  const clock = project === undefined ? certainClock : createProjectClock(project);
  await withStore(common, async (store) => {
    const { registrations: count } = await estimateAudience(store, audience);
    // A request that is known is neither late nor to be confirmed anew: it gets the answer it got before.
    const known = await store.broadcasts.get(broadcastId(caller, idempotencyKey));
    if (!known) await inFlags(() => check(store.now));
    if (!known && !(await confirmed(count, limit, "registrations"))) {
      process.exitCode = 1;
      return;
    }
    const broadcast = await inFlags(() => submit({ ...store, ...rules, clock }, request, "direct"));
    if (json) printJson(broadcast, count);
    else print(broadcast, count, project === undefined ? " A running `fanfare up` sends it." : "");
  });
}

function printJson({ id, phase, dueAt }: Broadcast, count: number): void {
  const at = new Date(dueAt).toISOString();
  console.log(JSON.stringify({ broadcastId: id, state: phase, dueAt: at, registrations: count }));
}

function print({ id, phase, dueAt }: Broadcast, count: number, hint: string): void {
  if (isFinished(phase)) {
    console.log(`${id} was sent before: ${phase}.`);
    return;
  }
  const when = phase === "scheduled" ? `is scheduled for ${new Date(dueAt).toISOString()}` : "is on its way";
  console.log(`${id} ${when}, to ${count} registrations.${hint}`);
}
