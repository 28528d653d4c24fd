import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { config as resolverConfig } from "@fanfare/resolver/config";
import { config as schedulerConfig, timerSettings } from "@fanfare/scheduler/config";
import { workerConfig } from "@fanfare/sender/config";
import { embeddedSettings } from "@fanfare/shared/sqlite/embedded";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

const SCHEMAS = {
  ...embeddedSettings,
  ...timerSettings,
  ...resolverConfig.shape,
  ...schedulerConfig.shape,
  ...workerConfig.shape,
};
/** Every setting, with its default as it would be set; null where it must be set, empty where it need not. */
const SETTINGS = new Map(Object.entries(SCHEMAS).map(([name, schema]) => [name, defaultOf(schema)]));
const REQUIRED = [...SETTINGS.keys()].filter((name) => SETTINGS.get(name) === null);

function defaultOf(schema: (typeof SCHEMAS)[keyof typeof SCHEMAS]): string | null {
  const unset = schema.safeParse(undefined);
  if (!unset.success) return null;
  const { data = "" } = unset;
  return data instanceof Set || data instanceof Map ? [...data].join(",") : String(data);
}

/** The lines of .env.example that set something, or would without their #. */
const EXAMPLES = [
  ...read(".env.example").matchAll(/^(?<off># )?(?<name>[A-Z0-9_]+)="?(?<value>.*?)"?$/gm),
].map(({ groups }) => ({ ...(groups as { name: string; value: string }), isSet: groups?.off === undefined }));

/** The rows of the README's table of settings. */
const ROWS = [...read("README.md").matchAll(/^\| `(?<name>FANFARE_\w+)` \| (?<shown>.*?) \|/gm)].map(
  ({ groups }) => groups as { name: string; shown: string },
);

test("no code reads a setting that is in no schema", () => {
  const sources = globSync("{shared,cli,services/*}/src/**/!(*.test).ts", { cwd: ROOT });
  const names = sources.flatMap((path) => read(path).match(/\bFANFARE_[A-Z0-9_]+/g) ?? []);
  expect(new Set(names).difference(new Set(SETTINGS.keys()))).toEqual(new Set());
});

test(".env.example has every setting once, with a comment", () => {
  const names = EXAMPLES.map(({ name }) => name);
  expect(names.toSorted()).toEqual([...SETTINGS.keys()].sort());
  const lines = read(".env.example").split("\n");
  for (const { name } of EXAMPLES) {
    const at = lines.findIndex((line) => line.replace("# ", "").startsWith(`${name}=`));
    expect(lines[at - 1], `above ${name}`).toMatch(/^# .+\.$/);
  }
});

test(".env.example sets what must be set, and tells the default of all else", () => {
  expect(EXAMPLES.filter(({ isSet }) => isSet).map(({ name }) => name)).toEqual(REQUIRED);
  const told = EXAMPLES.filter(({ isSet }) => !isSet).map(({ name, value }) => [name, value]);
  expect(Object.fromEntries(told)).toEqual(
    Object.fromEntries([...SETTINGS].filter(([name]) => !REQUIRED.includes(name))),
  );
});

test("the README's table has every setting once, with its default", () => {
  const told = ROWS.map(({ name, shown }) => `${name} ${shown}`);
  const ours = [...SETTINGS].filter(([name]) => name.startsWith("FANFARE_"));
  expect(told.toSorted()).toEqual(ours.map(([name, value]) => `${name} ${shownAs(value)}`).sort());
});

function shownAs(value: string | null): string {
  if (value === null) return "required";
  return value === "" ? "none" : `\`${value}\``;
}
