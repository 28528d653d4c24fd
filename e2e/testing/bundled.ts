import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "./deployed.ts";

/** The code of one service as it is deployed: what was bundled of each source, by the source's path. */
export type Bundled = Map<string, string>;

/** The comment that the bundler writes before the code of each source. */
const SOURCE = /^\/\/ ((?:services|shared|node_modules)\/\S+)$/gm;

/** Builds every service into a folder, and takes the bundles of its functions apart. */
export function bundleServices(folder: string): Map<string, Bundled> {
  const build = join(REPOSITORY, "scripts/build.mjs");
  const told = execFileSync(process.execPath, [build, "--json", "--out", folder], { encoding: "utf8" });
  const built: { service: string; folder: string }[] = JSON.parse(told);
  return new Map(built.map((one) => [one.service, takeApart(join(one.folder, "main.js"))]));
}

function takeApart(file: string): Bundled {
  const [, ...parts] = readFileSync(file, "utf8").split(SOURCE);
  const bundled: Bundled = new Map();
  for (let at = 0; at < parts.length; at += 2) {
    const [source = "", code = ""] = [parts[at], parts[at + 1]];
    bundled.set(source, (bundled.get(source) ?? "") + code);
  }
  return bundled;
}

/** The sources of which something was bundled that matches. */
export function sourcesWith(bundled: Bundled, pattern: RegExp): string[] {
  return [...bundled].filter(([, code]) => pattern.test(code)).map(([source]) => source);
}
