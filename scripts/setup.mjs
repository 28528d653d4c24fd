// Installs what is missing before any npm script, so that a fresh clone needs no step of its own. Folders with packages
// of their own, besides the root, are named on the command line.
// Plain JavaScript for any Node from 18 on: the project's own Node is among the things it installs.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

for (const folder of [".", ...process.argv.slice(2)]) {
  const installed = `${root}${folder}/node_modules/.package-lock.json`;
  const wanted = `${root}${folder}/package-lock.json`;
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) continue;
  const what = folder === "." ? "Fanfare needs (once; about half a minute)" : `${folder} needs (once)`;
  console.error(`Installing what ${what} ...`);
  // On Windows npm is a .cmd file, which only a shell can start.
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: `${root}${folder}`,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (status !== 0) console.error("Installing failed; what npm says above tells why.");
  process.exitCode = status ?? 1;
  if (process.exitCode !== 0) break;
}
