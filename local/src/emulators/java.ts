import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { onPath } from "./on-path.ts";

/** The oldest Java that both emulators run on. */
const OLDEST = 11;

export type Java = { kind: "found"; path: string } | { kind: "missing"; why: string };

/** Java, looked for as the emulators' own scripts do: `JAVA_HOME` decides where it is set, else `PATH`. */
export function findJava(env: NodeJS.ProcessEnv): Java {
  const path = env.JAVA_HOME ? join(env.JAVA_HOME, "bin", "java") : onPath("java", env);
  if (!path || !existsSync(path)) {
    const where = env.JAVA_HOME ? `in JAVA_HOME (${env.JAVA_HOME})` : "on the PATH";
    return missing(`there is none ${where}`);
  }
  const version = versionOf(path);
  if (version === null) return missing(`${path} does not tell its version`);
  return version >= OLDEST ? { kind: "found", path } : missing(`${path} is version ${version}`);
}

const missing = (why: string): Java => ({
  kind: "missing",
  why: `Java ${OLDEST} or newer is needed: ${why}`,
});

/** The major version; null where it cannot be run, such as macOS's stand-in for a Java that is not installed. */
function versionOf(path: string): number | null {
  const { stderr } = spawnSync(path, ["-version"], { encoding: "utf8", timeout: 20_000 });
  // "1.8.0_402" means 8.
  const version = /version "(?:1\.)?(\d+)/.exec(stderr ?? "")?.[1];
  return version ? Number(version) : null;
}
