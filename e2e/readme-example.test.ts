import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const EXAMPLE = "docs/examples/publish-request.ts";

test("the README shows the example that the tests run, to the letter", () => {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const [, block] = readme.split(`<!-- ${EXAMPLE} -->\n\n\`\`\`ts\n`);
  const shown = block?.split("```\n")[0];
  expect(shown).toBe(readFileSync(join(ROOT, EXAMPLE), "utf8"));
});
