import type { RegistrationDocument } from "@fanfare/shared/registrations";
import type { Command } from "commander";
import { readRegistrations } from "./import/read-registrations.ts";
import { showProgress } from "./progress.ts";
import { type CommonOptions, readSettings, withCommonOptions, withStore } from "./store.ts";

interface ImportOptions extends CommonOptions {
  format?: string;
}

const BATCH = 1_000;
/** Refused lines told one by one in the JSON report; more are only counted. */
const TOLD = 1_000;

interface Refusal {
  line: number;
  reason: string;
}

export function importCommand(program: Command): void {
  withCommonOptions(
    program.command("import <file>").description("read registrations from a CSV or NDJSON file"),
  )
    .option("--format <format>", "csv or ndjson (default: by the file's ending)")
    .action(importFile);
}

/** Imports what can be imported and names every line that cannot. Importing a file again changes nothing. */
async function importFile(file: string, options: ImportOptions): Promise<void> {
  const { FANFARE_USERS_COLLECTION: usersCollection } = readSettings(options);
  const source = await readRegistrations(file, options.format, usersCollection);
  await withStore(options, async ({ registrations }) => {
    const progress = showProgress("importing", source.totalBytes, "bytes");
    const refusals: Refusal[] = [];
    let [imported, refused] = [0, 0];
    let batch: RegistrationDocument[] = [];
    const flush = async () => {
      await registrations.put(batch);
      imported += batch.length;
      batch = [];
      progress.update(source.bytesRead());
    };
    for await (const entry of source.entries) {
      if (entry.kind === "registration") batch.push(entry.document);
      else {
        refused += 1;
        if (refusals.length < TOLD) refusals.push({ line: entry.line, reason: entry.reason });
        if (!options.json) console.error(`line ${entry.line}: ${entry.reason}`);
      }
      if (batch.length >= BATCH) await flush();
    }
    await flush();
    progress.end();
    if (options.json) console.log(JSON.stringify({ imported, refused, refusals }));
    else console.log(`${imported} registrations imported, ${refused} lines refused.`);
    if (imported === 0) process.exitCode = 1;
  });
}
