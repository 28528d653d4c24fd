import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createFolder } from "@fanfare/shared/testing/folder";
import { afterAll, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const BROADCAST = join(ROOT, "shared/src/domain/broadcast.ts");
/** What makes something of each field of a content. */
const KNOWING = [
  "cli/src/content-options.ts",
  "shared/src/domain/flutterflow.ts",
  "shared/src/domain/message.ts",
  "shared/src/events/broadcast-requests.ts",
];

const folder = createFolder();
afterAll(folder.remove);

/** The files that do not compile when `Content` has this field as well. */
function faultyWith(field: string): string[] {
  const [added, config] = [join(folder.path, "added.ts"), join(folder.path, "tsconfig.json")];
  writeFileSync(added, `export {};\ndeclare module "${BROADCAST}" { interface Content { ${field} } }\n`);
  const typeRoots = [join(ROOT, "node_modules/@types")];
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(ROOT, "tsconfig.json"),
      compilerOptions: { types: ["node"], typeRoots },
      include: [added, ...KNOWING.map((path) => join(ROOT, path))],
    }),
  );
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [tsc, "-p", config, "--pretty", "false"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  const files = stdout.matchAll(/^(\S+?)\(\d+,\d+\): error /gm).map(([, file = ""]) => file);
  return [...new Set(files)].sort();
}

test("a field of a content does not compile until request, command, message and documents know it", () => {
  expect(faultyWith("subtitle?: string | undefined")).toEqual(KNOWING);
  expect(faultyWith("title: string")).toEqual([]);
});
