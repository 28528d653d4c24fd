import type { Command } from "commander";
import { catchUpCommand } from "./catch-up.ts";
import { compareCommand } from "./compare.ts";
import { handBackCommand } from "./hand-back.ts";
import { importCommand } from "./import.ts";
import { refusedCommand } from "./refused.ts";

/** Everything about FlutterFlow's documents. */
export function flutterflowCommand(program: Command): void {
  const group = program
    .command("ff")
    .description("FlutterFlow's documents: take them, compare, and switch over");
  for (const add of [importCommand, refusedCommand, compareCommand, catchUpCommand, handBackCommand])
    add(group);
}
