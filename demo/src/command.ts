import type { Command } from "commander";
import { type DemoFlags, FAULT_LEVELS, readOptions } from "./options.ts";

const HELP = `
Every service runs in a process of its own, beside a simulator of FCM that
remembers who was sent what. Exit code 0 means that the books agree with it,
address by address, and that all else was as it should be.`;

export function demoCommand(program: Command): void {
  program
    .command("demo")
    .description("seed registrations, send one broadcast to a simulated FCM, and check every address")
    .option("--registrations <number>", "how many documents to seed", "20000")
    .option("--seed <text>", "what all chance follows from", "1")
    .option("--audience <whom>", "all, android or ios", "all")
    .option(
      "--chaos",
      "kill the sender in mid-send, again and again; on emulators any service, and lose messages",
    )
    .option("--faults <level>", `what FCM does wrong: ${FAULT_LEVELS.join(", ")}`, "some")
    .option("--quota <number>", "messages a minute that FCM allows (default: no limit)")
    .option(
      "--flutterflow",
      "ask by a document, as FlutterFlow's console does, and show the answer written back",
    )
    .option("--emulators", "run on Google's emulators of Pub/Sub and Firestore instead of a data file")
    .option("--senders <number>", "with --emulators: how many processes send (default: 1)")
    .option("--pull", "with --emulators: the senders pull, instead of being pushed to")
    .option("--data <dir>", "keep the data file in this folder (default: a temporary one)")
    .option("--json", "print JSON for programs: the last line is the report")
    .addHelpText("after", HELP)
    .action(async (flags: DemoFlags) => {
      const options = readOptions(flags);
      // Loaded here, as half of every other command's start would be spent on it.
      const { runDemo } = await import("./run.ts");
      if (!(await runDemo(options))) process.exitCode = 1;
    });
}
