import { type Estimate, estimateAudience } from "@fanfare/resolver/estimate-audience";
import { parseAudience } from "@fanfare/shared/events/broadcast-requests";
import type { Command } from "commander";
import { audienceOf, inFlags, type SendOptions } from "./send-options.ts";
import { type CommonOptions, readSettings, withCommonOptions, withExistingStore } from "./store.ts";

type EstimateOptions = CommonOptions & Pick<SendOptions, "audience" | "users">;

/** Users who have no registration are named up to so many; --json has them all. */
const NAMED = 10;

export function estimateCommand(program: Command): void {
  withCommonOptions(
    program
      .command("estimate")
      .description("how many registrations an audience has, and what counting and resolving it cost"),
  )
    .option("--audience <whom>", "all, android or ios")
    .option("--users <paths>", "listed users, separated by commas; with --audience their devices of it")
    .action(estimate);
}

async function estimate(options: EstimateOptions): Promise<void> {
  const { FANFARE_USERS_COLLECTION: usersCollection } = readSettings(options);
  const audience = await inFlags(() => parseAudience(audienceOf(options), usersCollection));
  await withExistingStore(options, async (store) => {
    const found = await estimateAudience(store, audience);
    console.log(options.json ? JSON.stringify(found) : describe(found, audience.users?.length ?? 0));
  });
}

function describe({ registrations, usersWithout, reads }: Estimate, listed: number): string {
  const lines = [`${registrations} registrations`];
  if (usersWithout.length > 0) {
    const more = usersWithout.length > NAMED ? ", …" : "";
    const names = usersWithout.slice(0, NAMED).join(", ");
    lines.push(`${usersWithout.length} of ${listed} listed users have none: ${names}${more}`);
  }
  lines.push(
    `Document reads on Firestore: ${reads.estimate} for this count, about ${reads.resolve} to resolve`,
  );
  return lines.join("\n");
}
