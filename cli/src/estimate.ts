import { readSettings, withExistingStore } from "@fanfare/local/installation/open";
import type { Audience } from "@fanfare/shared/domain/broadcast";
import { describeUnknown } from "@fanfare/shared/domain/describe-unknown";
import type { UnknownTypes } from "@fanfare/shared/domain/unknown-types";
import { parseAudience } from "@fanfare/shared/events/broadcast-requests";
import { estimateOutside } from "@fanfare/shared/operations/estimate";
import type { Command } from "commander";
import { type CommonOptions, withCommonOptions } from "./common-options.ts";
import { audienceOf, inFlags, type SendOptions } from "./send-options.ts";

type EstimateOptions = CommonOptions & Pick<SendOptions, "audience" | "users">;

type Found = Awaited<ReturnType<typeof estimateOutside>>;

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
    const found = await estimateOutside(store, audience);
    console.log(options.json ? JSON.stringify(found) : describe(found, audience));
  });
}

function describe({ registrations, usersWithout, reads, unknownTypes }: Found, audience: Audience): string {
  const listed = audience.users?.length ?? 0;
  const lines = [`${registrations} registrations`];
  if (unknownTypes && unknownTypes.registrations > 0)
    lines.push(describeOutside(unknownTypes, audience.platforms !== undefined));
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

function describeOutside(unknown: UnknownTypes, isFiltered: boolean): string {
  const where = isFiltered ? "Beside these" : "Among these";
  return `${where} ${unknown.registrations} of no known platform, which only --audience all reaches: ${describeUnknown(unknown)}`;
}
