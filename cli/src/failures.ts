import { pipeline } from "node:stream/promises";
import { type Chunk, outcomesOf } from "@fanfare/shared/domain/chunk";
import { codeOf } from "@fanfare/shared/domain/outcome";
import { InvalidInput } from "@fanfare/shared/errors";
import type { Command } from "commander";
import { stringify } from "csv-stringify";
import { find } from "./status.ts";
import { type CommonOptions, withCommonOptions, withExistingStore } from "./store.ts";

interface FailuresOptions extends CommonOptions {
  format?: string;
}

const COLUMNS = ["path", "kind", "address", "outcome", "code"];

export function failuresCommand(program: Command): void {
  withCommonOptions(
    program.command("failures <id>").description("list every member that FCM did not accept, and why"),
  )
    .option("--format <format>", "csv or ndjson (default: csv; ndjson with --json)")
    .action(failures);
}

async function failures(id: string, options: FailuresOptions): Promise<void> {
  const format = options.format ?? (options.json ? "ndjson" : "csv");
  if (format !== "csv" && format !== "ndjson")
    throw new InvalidInput([{ field: "--format", message: "must be csv or ndjson" }]);
  await withExistingStore(options, async (store) => {
    await find(store, id);
    const writer = format === "csv" ? stringify({ header: true, columns: COLUMNS }) : toLines;
    await pipeline(rows(store.ledger.chunks(id)), writer, process.stdout, { end: false });
  });
}

/** One row a member that has an outcome other than accepted, in the order of addresses. */
async function* rows(chunks: AsyncIterable<Chunk>): AsyncGenerator<Record<string, string>> {
  for await (const chunk of chunks) {
    for (const [index, outcome] of outcomesOf(chunk).entries()) {
      const member = chunk.members[index];
      if (!member || outcome === null || outcome === "accepted") continue;
      const code = codeOf(outcome);
      const { path, kind, address } = member;
      yield { path, kind, address, outcome: code === undefined ? outcome : "rejected", code: code ?? "" };
    }
  }
}

async function* toLines(source: AsyncIterable<Record<string, string>>): AsyncGenerator<string> {
  for await (const row of source) yield `${JSON.stringify(row)}\n`;
}
