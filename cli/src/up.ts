import type { Command } from "commander";
import { withCommonOptions } from "./store.ts";
import type { UpOptions } from "./up/start-all.ts";

const HELP = `
Messages go to a simulator of FCM, unless --fcm-project names a project. FCM
itself asks for a service account: GOOGLE_APPLICATION_CREDENTIALS names its file.`;

export function upCommand(program: Command): void {
  withCommonOptions(
    program.command("up").description("run every service in one process, until it is asked to end"),
  )
    .option("--port <number>", "port of the FCM simulator; 0 takes any free one", "8085")
    .option("--fcm-project <id>", "send to FCM itself, for this Firebase project")
    .addHelpText("after", HELP)
    .action(async (options: UpOptions) => {
      // Loaded here, as half of every other command's start would be spent on it.
      const { startAll } = await import("./up/start-all.ts");
      await startAll(options);
    });
}
