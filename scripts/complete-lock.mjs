// Lists in the lock file the optional packages of other platforms that `npm install` left out of it, as it does where
// the registry at hand lacks them. `npm ci` refuses such a lock, and elsewhere linter and turbo could not be installed.
// Run after a change of dependencies: node scripts/complete-lock.mjs
import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(file, "utf8"));
const PLATFORMS = { windows: "win32" };
const PROCESSORS = { 64: "x64" };

for (const parent of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const place = `node_modules/${name}`;
    if (lock.packages[place]) continue;
    // Such packages are named for what they run on: @biomejs/cli-linux-x64-musl, @turbo/windows-64.
    const [platform, processor, libc] = name.replace(/^.*\/(cli-)?/, "").split("-");
    lock.packages[place] = {
      version,
      cpu: [PROCESSORS[processor] ?? processor],
      dev: true,
      ...(libc && { libc: [libc] }),
      license: parent.license,
      optional: true,
      os: [PLATFORMS[platform] ?? platform],
    };
    console.log(`listed ${name}@${version}`);
  }
}

const ordered = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1));
writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(ordered) }, null, 2)}\n`);
