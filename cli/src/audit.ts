import { withExistingStore } from "@fanfare/local/installation/open";
import type { AuditEntry, Standpoint } from "@fanfare/shared/domain/audit";
import { auditOf } from "@fanfare/shared/operations/audit";
import type { Command } from "commander";
import { type CommonOptions, withCommonOptions } from "./common-options.ts";

export function auditCommand(program: Command): void {
  withCommonOptions(
    program
      .command("audit <id>")
      .description("who submitted, paused, held, resumed and cancelled a broadcast"),
  ).action((id: string, options: CommonOptions) =>
    withExistingStore(options, async (store) => {
      for (const entry of await auditOf(store, id))
        console.log(options.json ? toJson(id, entry) : inWords(entry));
    }),
  );
}

function toJson(broadcastId: string, entry: AuditEntry): string {
  return JSON.stringify({ broadcastId, ...entry, at: new Date(entry.at).toISOString() });
}

function inWords({ at, what, by, reason, before, after }: AuditEntry): string {
  const why = reason === undefined ? "" : `: ${reason}`;
  const change = before ? `${standing(before)} → ${standing(after)}` : standing(after);
  return `${new Date(at).toISOString()}  ${what} by ${by}${why}  [${change}]`;
}

function standing({ phase, closed }: Standpoint): string {
  return [phase, ...closed].join(", ");
}
