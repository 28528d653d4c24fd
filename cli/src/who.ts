import { userInfo } from "node:os";

/** Who acts at this command line, for the audit: the account at this machine, where it has a name. */
export function whoActs(): string {
  try {
    return `${userInfo().username.toWellFormed()} (command)`;
  } catch {
    return "command";
  }
}
