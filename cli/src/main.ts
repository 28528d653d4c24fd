#!/usr/bin/env node
import { demoCommand } from "@fanfare/demo/command";
import { runCommand } from "@fanfare/terminal/run-command";
import { Command } from "commander";
import packageFile from "../package.json" with { type: "json" };
import { auditCommand } from "./audit.ts";
import { doctorCommand } from "./doctor.ts";
import { estimateCommand } from "./estimate.ts";
import { flutterflowCommand } from "./ff/command.ts";
import { correctCommand, retryCommand } from "./follow-up.ts";
import { importCommand } from "./import.ts";
import { listCommand } from "./list.ts";
import { memberCommands } from "./members.ts";
import { pruneCommand } from "./prune.ts";
import { restoreCommand } from "./restore.ts";
import { sendCommand } from "./send.ts";
import { statusCommand } from "./status.ts";
import { cancelCommand, pauseCommand, resumeCommand } from "./stop.ts";
import { topologyCommand } from "./topology.ts";
import { upCommand } from "./up.ts";

const HELP = `
A first try:
  fanfare demo                               everything at once, on simulated phones
  fanfare import devices.csv                 your registrations, into ./.fanfare
  fanfare up                                 keeps running; in another terminal:
  fanfare send --title Hello --text World --audience all
  fanfare status <id> --wait

Exit codes: 0 all is well, 1 it was tried and failed, 2 bad input.`;

const program = new Command("fanfare")
  .description("Push broadcasts for Firebase apps. This command runs the whole pipeline on one machine.")
  .version(packageFile.version)
  .addHelpText("after", HELP);

const commands = [
  upCommand,
  demoCommand,
  importCommand,
  estimateCommand,
  sendCommand,
  listCommand,
  statusCommand,
  memberCommands,
  pauseCommand,
  resumeCommand,
  cancelCommand,
  retryCommand,
  correctCommand,
  auditCommand,
  doctorCommand,
  flutterflowCommand,
  pruneCommand,
  restoreCommand,
  topologyCommand,
];
for (const add of commands) add(program);
await runCommand(program);
