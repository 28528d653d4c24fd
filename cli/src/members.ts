import { pipeline } from "node:stream/promises";
import { withExistingStore } from "@fanfare/local/installation/open";
import { type Listed, listAudience, listMembers, rangesOf } from "@fanfare/shared/audience/list-members";
import { unreadCounter } from "@fanfare/shared/broadcasts/count-unread";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import { leavesRest, type Range } from "@fanfare/shared/domain/range";
import type { Reach } from "@fanfare/shared/domain/reach";
import { InvalidInput } from "@fanfare/shared/errors";
import type { Store } from "@fanfare/shared/hosting/store";
import type { Command } from "commander";
import { stringify } from "csv-stringify";
import { type CommonOptions, withCommonOptions } from "./common-options.ts";
import { find } from "./status.ts";

interface ListOptions extends CommonOptions {
  format?: string;
}

type Source = (store: Store, broadcast: Broadcast) => Promise<AsyncIterable<Listed>>;

/** Any app user may register any text as an address, and a spreadsheet runs what looks like a formula. */
const CSV = {
  header: true,
  columns: ["path", "kind", "address", "outcome", "code", "says"],
  escape_formulas: true,
  // A line break is not among what the option above looks for.
  cast: { string: (text: string) => (text.startsWith("\n") ? `'${text}` : text) },
};

/** Commands that list members of a broadcast. The first three together list its whole audience, each device once. */
export function memberCommands(program: Command): void {
  const add = (name: string, description: string, source: Source) =>
    withCommonOptions(program.command(`${name} <id>`).description(description))
      .option("--format <format>", "csv or ndjson (default: csv; ndjson with --json)")
      .action((id: string, options: ListOptions) => list(id, options, source));
  add("reached", "list every member whose message FCM accepted", listReach("reached"));
  add(
    "unreached",
    "list every member whom no message reached, those who were never resolved too",
    listMissed,
  );
  add("unknown", "list every member whom a message may have reached", listReach("unknown"));
  add(
    "failures",
    "list every member that FCM did not accept, and why; the column `says` has its words",
    listFailures,
  );
}

function listReach(wanted: Reach): Source {
  return async ({ ledger }, broadcast) => {
    const ranges = await rangesOf(ledger, broadcast);
    return only(listMembers({ ledger }, ranges), ({ reach }) => reach === wanted);
  };
}

async function listMissed(store: Store, broadcast: Broadcast): Promise<AsyncIterable<Listed>> {
  const ranges = await rangesOf(store.ledger, broadcast);
  const countUnread = unreadCounter(store, broadcast.audience);
  for (const range of ranges.filter(leavesRest)) {
    const about = isEnded(range) ? range.unreadAbout : await countUnread(range);
    console.error(`${range.id} is ${range.state}: about ${about} registrations were not resolved`);
  }
  return only(listAudience(store, broadcast, ranges), ({ reach }) => reach === "unreached");
}

const isEnded = ({ state }: Range) => state === "dead" || state === "stopped";

/** Also open members that FCM refused: a broadcast may be held for them, and this names them. */
async function listFailures({ ledger }: Store, broadcast: Broadcast): Promise<AsyncIterable<Listed>> {
  const ranges = await rangesOf(ledger, broadcast);
  const isFailure = ({ outcome, says }: Listed) =>
    outcome !== "accepted" && (outcome !== "open" || says !== "");
  return only(listMembers({ ledger }, ranges), isFailure);
}

async function list(id: string, options: ListOptions, source: Source): Promise<void> {
  const format = options.format ?? (options.json ? "ndjson" : "csv");
  if (format !== "csv" && format !== "ndjson")
    throw new InvalidInput([{ field: "--format", message: "must be csv or ndjson" }]);
  await withExistingStore(options, async (store) => {
    const listed = await source(store, await find(store, id));
    const writer = format === "csv" ? stringify(CSV) : toLines;
    await pipeline(rows(listed), writer, process.stdout, { end: false });
  });
}

async function* only(
  listed: AsyncIterable<Listed>,
  isWanted: (one: Listed) => boolean,
): AsyncGenerator<Listed> {
  for await (const one of listed) if (isWanted(one)) yield one;
}

async function* rows(listed: AsyncIterable<Listed>): AsyncGenerator<Record<string, string>> {
  for await (const { path, kind, address, outcome, code, says } of listed)
    yield { path, kind, address, outcome, code, says };
}

async function* toLines(source: AsyncIterable<Record<string, string>>): AsyncGenerator<string> {
  for await (const row of source) yield `${JSON.stringify(row)}\n`;
}
