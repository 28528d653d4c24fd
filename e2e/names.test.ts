import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

/** One name for two types misleads a reader who knows the other file. The simulator judges the rest, and is apart. */

const ROOT = join(import.meta.dirname, "..");
const SOURCES = globSync("{shared,services/*,fcm-http2,cli,local,demo,terminal}/src/**/*.ts", { cwd: ROOT });
const FOR_TESTS = /\.test\.ts$|\/testing\/|\/contract(\.ts$|\/)/;
const EXPORTED = /^export (?:interface|type|class) (\w+)/gm;

test("an exported type has a name of its own", () => {
  const files = SOURCES.filter((path) => !FOR_TESTS.test(path)).sort();
  const exported = files.flatMap((path) =>
    [...readFileSync(join(ROOT, path), "utf8").matchAll(EXPORTED)].map(([, name = ""]) => ({ name, path })),
  );
  const shared = [...Map.groupBy(exported, ({ name }) => name)].filter(([, all]) => all.length > 1);
  expect(exported.length).toBeGreaterThan(100);
  expect(shared.map(([name, all]) => [name, ...all.map(({ path }) => path)])).toEqual([]);
});
