import { pipeline } from "node:stream/promises";
import { withExistingStore } from "@fanfare/local/installation/open";
import type { Listed } from "@fanfare/shared/audience/list-members";
import type { Range } from "@fanfare/shared/domain/range";
import { InvalidInput } from "@fanfare/shared/errors";
import { MEMBER_LISTS, type MemberList } from "@fanfare/shared/operations/members";
import { requireBroadcast } from "@fanfare/shared/operations/require-broadcast";
import type { Command } from "commander";
import { stringify } from "csv-stringify";
import { type CommonOptions, withCommonOptions } from "./common-options.ts";

interface ListOptions extends CommonOptions {
  format?: string;
}

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
  const add = (name: keyof typeof MEMBER_LISTS, description: string) =>
    withCommonOptions(program.command(`${name} <id>`).description(description))
      .option("--format <format>", "csv or ndjson (default: csv; ndjson with --json)")
      .action((id: string, options: ListOptions) => list(id, options, MEMBER_LISTS[name]));
  add("reached", "list every member whose message FCM accepted");
  add("unreached", "list every member whom no message reached, those who were never resolved too");
  add("unknown", "list every member whom a message may have reached");
  add("failures", "list every member that FCM did not accept, and why; the column `says` has its words");
}

async function list(id: string, options: ListOptions, source: MemberList): Promise<void> {
  const format = options.format ?? (options.json ? "ndjson" : "csv");
  if (format !== "csv" && format !== "ndjson")
    throw new InvalidInput([{ field: "--format", message: "must be csv or ndjson" }]);
  await withExistingStore(options, async (store) => {
    const listed = await source(store, await requireBroadcast(store.broadcasts, id), sayUnresolved);
    const writer = format === "csv" ? stringify(CSV) : toLines;
    await pipeline(rows(listed), writer, process.stdout, { end: false });
  });
}

const sayUnresolved = ({ id, state }: Range, about: number) =>
  console.error(`${id} is ${state}: about ${about} registrations were not resolved`);

async function* rows(listed: AsyncIterable<Listed>): AsyncGenerator<Record<string, string>> {
  for await (const { path, kind, address, outcome, code, says } of listed)
    yield { path, kind, address, outcome, code, says };
}

async function* toLines(source: AsyncIterable<Record<string, string>>): AsyncGenerator<string> {
  for await (const row of source) yield `${JSON.stringify(row)}\n`;
}
