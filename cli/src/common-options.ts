import type { InstallationFlags } from "@fanfare/local/installation/open";
import type { Command } from "commander";

export interface CommonOptions extends InstallationFlags {
  json?: boolean;
}

export const DATA_HELP = "folder of the data file (default: $FANFARE_DATA or .fanfare)";
export const PROJECT_HELP = "the installation on this Google Cloud project, instead of a data file";
export const JSON_HELP = "print JSON for programs instead of text";

/** The options that every command on an installation has. */
export function withCommonOptions(command: Command): Command {
  return command
    .option("--data <dir>", DATA_HELP)
    .option("--project <id>", PROJECT_HELP)
    .option("--json", JSON_HELP);
}
