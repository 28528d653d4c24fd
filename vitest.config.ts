import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

const folders = [
  "shared",
  "services",
  "fcm-http2",
  "simulator",
  "terminal",
  "local",
  "demo",
  "cli",
  "e2e",
  "bench",
];
/** Models of the whole run in one process, by a time of their own, tests of the suites' own parts, and of the doors. */
const models = ["e2e/models/*.test.ts", "e2e/{chaos,doors,stops}/*.test.ts"];
/** Half of a process's start is compiling, and hundreds are started. */
const compileCache = join(import.meta.dirname, "node_modules/.cache/compile");
const reportFile = process.env.VITEST_JSON;

/** Whole runs of the pipeline are many processes each, which mostly wait: two at a time, when all else is done. */
const wholeRuns = { sequence: { groupOrder: 1 } };
const others = { sequence: { groupOrder: 0 } };
const timeouts = (ms: number) => ({ testTimeout: ms, hookTimeout: ms });

export default defineConfig({
  test: {
    reporters: reportFile ? ["default", ["json", { outputFile: reportFile }]] : ["default"],
    globalSetup: "local/src/testing/start-emulators.ts",
    // Of two cores Vitest would use one, and tests wait for processes and emulators half of their time.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      ...folders.map((name) => ({
        include: [`${name}/**/*.test.ts`],
        exclude: ["**/node_modules/**", ...models],
        name,
        ...(name === "e2e" ? wholeRuns : others),
        ...timeouts(name === "e2e" ? 240_000 : 60_000),
      })),
      { include: models, name: "models", ...others, ...timeouts(240_000) },
    ]
      // Google's clients would look for a metadata server otherwise.
      .map((test) => ({
        test: { ...test, env: { METADATA_SERVER_DETECTION: "none", NODE_COMPILE_CACHE: compileCache } },
      })),
  },
});
