import { readNames, withStore } from "@fanfare/local/installation/open";
import { describeUnknown } from "@fanfare/shared/domain/describe-unknown";
import type { UnknownTypes } from "@fanfare/shared/domain/unknown-types";
import type { RegistrationDocument, Registrations } from "@fanfare/shared/registrations";
import { showProgress } from "@fanfare/terminal/progress";
import type { Command } from "commander";
import { type CommonOptions, withCommonOptions } from "./common-options.ts";
import { createUnknownCount } from "./import/count-unknown.ts";
import { readRegistrations, type Source } from "./import/read-registrations.ts";

interface ImportOptions extends CommonOptions {
  format?: string;
}

const BATCH = 1_000;
/** Refused lines told one by one in the JSON report; more are only counted. */
const TOLD = 1_000;

interface ImportReport {
  imported: number;
  refused: number;
  refusals: { line: number; reason: string }[];
  /** Of those imported, the ones that broadcasts to a platform do not reach. */
  unknownTypes: UnknownTypes;
}

const HELP = `
Columns of the CSV file, or fields of the NDJSON objects (others are ignored):
  fcm_token    the device's FCM address
  device_type  Android, iOS or web, however it is spelled; others are reached
               by broadcasts to all only, and the summary counts them
  user         whose it is: an id or a path such as users/ada
  path         instead of user: the document, such as users/ada/fcm_tokens/1
               (the collections are $FANFARE_USERS_COLLECTION and
               $FANFARE_TOKENS_COLLECTION where these are set)
  id           optional: the document's id (default: derived from the address)
  kind         optional: token (default) or fid
  created_at   optional: ISO time or milliseconds since 1970 (default: now)

Lines that cannot be imported are named, and the others imported. Importing a
file again changes nothing.`;

export function importCommand(program: Command): void {
  withCommonOptions(
    program.command("import <file>").description("read registrations from a CSV or NDJSON file"),
  )
    .option("--format <format>", "csv or ndjson (default: by the file's ending)")
    .addHelpText("after", HELP)
    .action(importFile);
}

async function importFile(file: string, options: ImportOptions): Promise<void> {
  // Opened before the data file is, so that a file that is none leaves nothing behind.
  const source = await readRegistrations(file, options.format, readNames(options));
  const report = await withStore(options, ({ registrations }) => importAll(source, registrations));
  console.log(options.json ? JSON.stringify(report) : describe(report));
  if (report.imported === 0) process.exitCode = 1;
}

function describe({ imported, refused, unknownTypes }: ImportReport): string {
  const summary = `${imported} registrations imported, ${refused} lines refused.`;
  const { registrations } = unknownTypes;
  if (registrations === 0) return summary;
  return `${summary}
${registrations} of no known platform, which only broadcasts to all reach: ${describeUnknown(unknownTypes)}`;
}

/** Imports what can be imported, and names every line that cannot. */
async function importAll(source: Source, { put }: Registrations): Promise<ImportReport> {
  const progress = showProgress("importing", inKb(source.totalBytes), "kB");
  const unknown = createUnknownCount();
  const report = { imported: 0, refused: 0, refusals: [] as ImportReport["refusals"] };
  let batch: RegistrationDocument[] = [];
  const flush = async () => {
    await put(batch);
    for (const { deviceType } of batch) unknown.add(deviceType);
    report.imported += batch.length;
    batch = [];
    progress.update(inKb(source.bytesRead()));
  };
  for await (const entry of source.entries) {
    if (entry.kind === "registration") batch.push(entry.document);
    else {
      const { line, reason } = entry;
      progress.say(`line ${line}: ${reason}`);
      report.refused += 1;
      if (report.refused <= TOLD) report.refusals.push({ line, reason });
    }
    if (batch.length >= BATCH) await flush();
  }
  await flush();
  progress.end();
  return { ...report, unknownTypes: unknown.summary() };
}

const inKb = (bytes: number) => Math.ceil(bytes / 1000);
