import { type EmulatorFlags, readEmulatorFlags } from "@fanfare/local/installation/emulator-flags";
import type { FcmFlags } from "@fanfare/local/up/fcm";
import type { Command } from "commander";
import { DATA_HELP, JSON_HELP } from "./common-options.ts";

type UpFlags = EmulatorFlags & FcmFlags & { json?: boolean };

/** As Firebase's own tools have it: nothing in a project of such a name can reach Google. */
const EMULATED_PROJECT = "demo-fanfare";

const HELP = `
Messages go to a simulator of FCM, unless --fcm-project names a project. FCM
itself asks for a service account: GOOGLE_APPLICATION_CREDENTIALS names its file.

With --emulators every service is a process of its own, as on Google Cloud. The
emulators that PUBSUB_EMULATOR_HOST and FIRESTORE_EMULATOR_HOST name are used,
else new ones started. The project is $FANFARE_PROJECT or ${EMULATED_PROJECT}.`;

export function upCommand(program: Command): void {
  program
    .command("up")
    .description("run every service, until it is asked to end")
    .option("--port <number>", "port of the FCM simulator; 0 takes any free one", "8085")
    .option("--fcm-project <id>", "send to FCM itself, for this Firebase project")
    .option("--emulators", "run on Google's emulators of Pub/Sub and Firestore instead of a data file")
    .option("--senders <number>", "with --emulators: how many processes send (default: 1)")
    .option("--pull", "with --emulators: the senders pull, instead of being pushed to")
    .option("--data <dir>", DATA_HELP)
    .option("--json", JSON_HELP)
    .addHelpText("after", HELP)
    .action(up);
}

async function up(flags: UpFlags): Promise<void> {
  const { emulators, senders, pull } = readEmulatorFlags(flags);
  // Loaded here, as half of every other command's start would be spent on them.
  if (!emulators) return (await import("@fanfare/local/up/start-all")).startAll(flags);
  const { upOnEmulators } = await import("@fanfare/local/up/start-on-emulators");
  const project = process.env.FANFARE_PROJECT ?? EMULATED_PROJECT;
  await upOnEmulators({ ...flags, project, senders, pull, json: flags.json ?? false });
}
