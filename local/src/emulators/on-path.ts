import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Where a shell would find a program. */
export function onPath(program: string, env: NodeJS.ProcessEnv): string | undefined {
  const folders = (env.PATH ?? "").split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}
