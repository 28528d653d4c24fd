import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const folders = ["shared", "services", "simulator", "cli", "e2e", "bench"];
const reportFile = process.env.VITEST_JSON;

export default defineConfig({
  test: {
    reporters: reportFile ? ["default", ["json", { outputFile: reportFile }]] : ["default"],
    globalSetup: "cli/src/testing/start-emulators.ts",
    // Of two cores Vitest would use one, and tests wait for processes and emulators half of their time.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: folders.map((name) => ({
      test: {
        name,
        include: [`${name}/**/*.test.ts`],
        // Google's clients would look for a metadata server otherwise.
        env: { METADATA_SERVER_DETECTION: "none" },
        // Whole runs of the pipeline are many processes each: one at a time, when all else is done.
        fileParallelism: name !== "e2e",
        sequence: { groupOrder: name === "e2e" ? 1 : 0 },
        testTimeout: name === "e2e" ? 240_000 : 30_000,
        hookTimeout: name === "e2e" ? 240_000 : 30_000,
      },
    })),
  },
});
