import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/** A gcloud that writes down what it is asked for, in place of asking Google. */
const GCLOUD = '#!/bin/sh\necho "$*" >> "$GCLOUD_CALLS"\n';

/** What the commands of a page give to one account. */
export interface Granted {
  /** Roles on the project. A custom role is given by its permissions. */
  project: string[];
  topics: Record<string, string[]>;
  subscriptions: Record<string, string[]>;
  /** Functions that it may call. */
  calls: string[];
}

/** Runs the shell commands under a heading of a page as a person would paste them. @returns gcloud's arguments */
export function paste(page: string, heading: string, folder: string): string[][] {
  const section = readFileSync(page, "utf8").split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const commands = [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text]) => text).join("\n");
  const calls = join(folder, "calls");
  writeFileSync(calls, "");
  writeFileSync(join(folder, "gcloud"), GCLOUD, { mode: 0o755 });
  const PATH = [folder, process.env.PATH].join(delimiter);
  execFileSync("/bin/sh", ["-eu", "-c", commands], { env: { PATH, GCLOUD_CALLS: calls }, stdio: "inherit" });
  const lines = readFileSync(calls, "utf8").trim().split("\n");
  return lines.map((line) => line.split(" "));
}

/** What each account is given by these calls, by the account's name without `fanfare-`. */
export function readGrants(calls: readonly string[][]): Map<string, Granted> {
  const permissions = new Map<string, string[]>();
  const accounts = new Map<string, Granted>();
  for (const call of calls) {
    const { words, options } = readCall(call);
    const [first, second, action, id = ""] = words;
    if (action === "create" && first === "iam") {
      if (second === "roles") permissions.set(id, options.permissions?.split(",") ?? []);
      else accounts.set(nameOf(id), { project: [], topics: {}, subscriptions: {}, calls: [] });
      continue;
    }
    const { member = "", role = "" } = options;
    const account = accounts.get(nameOf(/^serviceAccount:(.*)@/.exec(member)?.[1] ?? ""));
    if (!account) throw new Error(`a grant to an account that was not made: ${call.join(" ")}`);
    switch (`${first} ${second}`) {
      case "pubsub topics":
        account.topics[role] = [...(account.topics[role] ?? []), id];
        break;
      case "pubsub subscriptions":
        account.subscriptions[role] = [...(account.subscriptions[role] ?? []), id];
        break;
      case "run services":
        account.calls.push(id);
        break;
      // gcloud projects add-iam-policy-binding PROJECT
      default:
        account.project.push(...(permissions.get(role.split("/").at(-1) ?? "") ?? [role]));
    }
  }
  return accounts;
}

function readCall(call: readonly string[]): { words: string[]; options: Record<string, string> } {
  const words: string[] = [];
  const options: Record<string, string> = {};
  for (let at = 0; at < call.length; at++) {
    const word = call[at] ?? "";
    if (word.startsWith("--")) options[word.slice(2)] = call[++at] ?? "";
    else words.push(word);
  }
  return { words, options };
}

const nameOf = (account: string) => account.replace(/^fanfare-/, "");
