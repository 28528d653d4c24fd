import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline/promises";
import { CATCH_UP_MS, checkRequest, submit } from "@fanfare/scheduler/submit";
import type { Audience, Broadcast } from "@fanfare/shared/domain/broadcast";
import { InvalidInput } from "@fanfare/shared/errors";
import type { Registrations } from "@fanfare/shared/registrations";
import type { Command } from "commander";
import { dataFolderOf, flagOf, requestOf, type SendOptions } from "./send-options.ts";
import { readSettings, withStore } from "./store.ts";

export function sendCommand(program: Command): void {
  program
    .command("send")
    .description("send a notification, now or at a time")
    .option("--title <text>", "title of the notification")
    .option("--text <text>", "text of the notification")
    .option("--image <url>", "https URL of an image")
    .option("--sound <name>", "sound to play, such as default; none means silent")
    .option("--page <name>", "page that the app opens on a tap")
    .option("--parameter-data <json>", "JSON object that the page gets")
    .option(
      "--data <key=value>",
      "data for the app (may be repeated); without a = it is the folder of the data file",
      collect,
    )
    .option("--data-dir <dir>", "folder of the data file (default: $FANFARE_DATA or .fanfare)")
    .option("--ttl <seconds>", "how long FCM keeps it for a phone that is off")
    .option("--priority <priority>", "normal or high")
    .option(
      "--collapse-id <text>",
      "notifications with the same value replace each other (default: the broadcast's id)",
    )
    .option("--badge <number>", "number on the app's icon")
    .option("--channel <id>", "Android notification channel")
    .option("--audience <whom>", "all, android or ios")
    .option(
      "--users <paths>",
      "users to reach, separated by commas; with --audience only their devices of that platform",
    )
    .option("--at <time>", "ISO time to send at; without a zone it is local time")
    .option("--on-crash <what>", "repeat (default) or miss: for members whose attempt was cut off")
    .option("--idempotency-key <key>", "sending again with the same key sends nothing twice")
    .option("--confirm <number>", "send without asking, if at most this many registrations are reached")
    .option("--json", "print JSON for programs instead of text")
    .action(send);
}

const collect = (value: string, before: string[] = []) => [...before, value];

async function send(options: SendOptions): Promise<void> {
  const common = { ...dataFolderOf(options), ...(options.json && { json: true }) };
  const { FANFARE_USERS_COLLECTION: usersCollection } = readSettings(common);
  const rules = { usersCollection, catchUpMs: CATCH_UP_MS, now: Date.now };
  const request = requestOf(options, randomUUID());
  // Checked before the data file is opened, so that a refused request leaves nothing behind.
  const { audience } = inFlags(() => checkRequest(request, "direct", rules));
  const limit = confirmLimit(options);
  await withStore(common, async (store) => {
    const count = await countAudience(store.registrations, audience);
    if (!(await confirmed(count, limit))) {
      console.error(`Not sent: ${count} registrations would be reached.`);
      process.exitCode = 1;
      return;
    }
    print(await submit({ ...store, ...rules }, request, "direct"), count, options.json ?? false);
  });
}

/** Runs a check, and names command-line flags instead of fields in what it refuses. */
function inFlags<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw new InvalidInput(error.problems.map(({ field, message }) => ({ field: flagOf(field), message })));
  }
}

function confirmLimit({ confirm }: SendOptions): number | null {
  if (confirm === undefined) return null;
  if (!/^\d+$/.test(confirm))
    throw new InvalidInput([{ field: "--confirm", message: "must be a whole number" }]);
  return Number(confirm);
}

async function countAudience(registrations: Registrations, { users, platforms }: Audience): Promise<number> {
  if (!users) return registrations.count({ after: "", upTo: null }, platforms);
  const found = await registrations.readOwned(users);
  return found.filter(({ address }) => address).length;
}

/** Asks a person; a program must have said beforehand how many it means to reach. */
async function confirmed(count: number, limit: number | null): Promise<boolean> {
  if (limit !== null) return count <= limit;
  if (!process.stdin.isTTY) {
    throw new InvalidInput([
      {
        field: "--confirm",
        message: `is needed where nobody can be asked: ${count} registrations would be reached`,
      },
    ]);
  }
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await asking.question(`This reaches ${count} registrations. Type ${count} to send: `);
    return answer.trim() === String(count);
  } finally {
    asking.close();
  }
}

function print({ id, phase, dueAt }: Broadcast, count: number, json: boolean): void {
  if (json) {
    const at = new Date(dueAt).toISOString();
    console.log(JSON.stringify({ broadcastId: id, state: phase, dueAt: at, registrations: count }));
    return;
  }
  const when = phase === "scheduled" ? `is scheduled for ${new Date(dueAt).toISOString()}` : "is on its way";
  console.log(`${id} ${when}, to ${count} registrations. A running \`fanfare up\` sends it.`);
}
