import type { Change } from "@fanfare/shared/bus/pubsub-topology";
import type { Command } from "commander";
import { JSON_HELP } from "./common-options.ts";
import { readFlags, type TopologyFlags } from "./topology-flags.ts";

const HELP = `
The services are scheduler, resolver and sender. Each stands for all its
subscriptions; one that neither --push nor --pull names keeps what it has. With
PUBSUB_EMULATOR_HOST set this works on the emulator.`;

export function topologyCommand(program: Command): void {
  const all = (value: string, before: string[] = []) => [...before, value];
  program
    .command("topology")
    .description("make a project's Pub/Sub topics and subscriptions what the services need")
    .option("--project <id>", "the Google Cloud project")
    .option(
      "--prefix <text>",
      "goes before the id of every topic and subscription (default: $FANFARE_TOPIC_PREFIX)",
    )
    .option("--push <service=url>", "push this service's messages to this URL; may be repeated", all)
    .option("--push-account <email>", "service account as which messages are pushed")
    .option("--pull <service>", "let this service's messages be pulled; may be repeated", all)
    .option("--dry-run", "only say what would be changed")
    .option("--json", JSON_HELP)
    .addHelpText("after", HELP)
    .action(topology);
}

async function topology(flags: TopologyFlags): Promise<void> {
  const { dryRun = false, json = false } = flags;
  const { FANFARE_TOPIC_PREFIX: prefix = "" } = process.env;
  const wanted = readFlags({ prefix, ...flags });
  // Loaded here, as half of every other command's start would be spent on it.
  const { applyTopology } = await import("@fanfare/shared/bus/pubsub-topology");
  const { grantCommands } = await import("@fanfare/shared/bus/pubsub-grants");
  const onChange = (change: Change) => json || console.log(lineOf(change, dryRun));
  const changes = await applyTopology({ ...wanted, dryRun, onChange });
  const emulator = Boolean(process.env.PUBSUB_EMULATOR_HOST);
  // The emulator knows no roles.
  const grants = emulator ? [] : grantCommands(wanted);
  if (json) console.log(JSON.stringify({ project: wanted.project, emulator, dryRun, changes, grants }));
  else conclude(changes, grants);
}

function conclude(changes: Change[], grants: string[]): void {
  if (changes.length === 0) console.log("nothing to change");
  if (grants.length === 0) return;
  console.log("\nDead letters are moved by Pub/Sub's own account. Give it the roles for that, once:");
  for (const command of grants) console.log(`  ${command}`);
}

const WOULD = { created: "create", updated: "update", remade: "delete and create" } as const;
const DID = { created: "created", updated: "updated", remade: "deleted and created" } as const;

function lineOf({ action, kind, name, fields }: Change, dryRun: boolean): string {
  const verb = dryRun ? `would ${WOULD[action]}` : DID[action];
  const what = action === "created" ? `${kind} ${name}` : name;
  const details = fields.map(({ field, from, to }) => `${field} ${from} → ${to}`).join(", ");
  return `${verb} ${what}${details && ": "}${details}`;
}
