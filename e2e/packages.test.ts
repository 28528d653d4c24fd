import { globSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

/** Lint says which file may use a package; that the file does, and not for its types alone, is said here. */

const USED_IN = {
  "@google-cloud/pubsub": ["shared/src/bus/pubsub-client.ts", "shared/src/bus/pubsub-consumer.ts"],
  "@google-cloud/firestore": ["shared/src/google/firestore.ts"],
  "@google-cloud/scheduler": ["shared/src/clock/cloud-scheduler.ts"],
  "@google-cloud/functions-framework": ["shared/src/hosting/functions-framework.ts"],
  "@noble/hashes": ["shared/src/domain/sha256.ts"],
  "google-auth-library": ["shared/src/google/auth.ts"],
  "firebase-admin": ["services/registrar/src/firebase-admin.ts", "services/sender/src/firebase-admin.ts"],
};

/** Where input from outside is read: settings, events, files and arguments. */
const ZOD_FOLDERS = [
  "cli/src",
  "local/src",
  "services/registrar/src",
  "services/resolver/src",
  "services/scheduler/src",
  "services/sender/src",
  "shared/src/bus",
  "shared/src/clock",
  "shared/src/events",
  "shared/src/google",
  "shared/src/hosting",
  "shared/src/sqlite",
];

const FOR_TESTS = /\.test\.ts$|\/testing\/|\/contract(\.ts$|\/)/;
const ZOD_FOLDER = /^shared\/src\/\w+|^.*?\/src/;
const STATIC_IMPORT =
  /^(?:import|export)\s+(?!type\s)(?:(?<names>[\w$*{},\s]*?)\s+from\s+)?"(?<from>[^"]+)"/gm;
const DYNAMIC_IMPORT = /(?<!typeof )\bimport\("(?<from>[^"]+)"/g;

const ROOT = join(import.meta.dirname, "..");
const WORKSPACES = globSync("{shared,fcm-http2,terminal,local,demo,cli,simulator,services/*}/package.json", {
  cwd: ROOT,
}).map(dirname);
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const packagesOf = new Map(listSources().map((path) => [path, findPackages(read(path))]));

function listSources(): string[] {
  const all = globSync("{shared,fcm-http2,terminal,local,demo,cli,simulator,services/*}/src/**/*.ts", {
    cwd: ROOT,
  });
  return all.filter((path) => !FOR_TESTS.test(path)).sort();
}

/** The packages whose code a source runs. */
function findPackages(code: string): Set<string> {
  const found = new Set<string>();
  for (const { groups } of [...code.matchAll(STATIC_IMPORT), ...code.matchAll(DYNAMIC_IMPORT)]) {
    const { names = "*", from = "" } = groups ?? {};
    const values = names.replace(/\btype\s+[\w$]+(\s+as\s+[\w$]+)?/g, "");
    const name = /^(?:@[^/]+\/)?[^/]+/.exec(from)?.[0];
    if (name !== undefined && /[\w$*]/.test(values) && !name.startsWith(".") && !isBuiltin(from))
      found.add(name);
  }
  return found;
}

function usersOf(name: string): string[] {
  return [...packagesOf].filter(([, names]) => names.has(name)).map(([path]) => path);
}

function dependenciesOf(workspace: string): Record<string, string> {
  return JSON.parse(read(`${workspace}/package.json`)).dependencies ?? {};
}

test.each(Object.entries(USED_IN))("%s is used in the files of its name", (name, files) => {
  expect(usersOf(name)).toEqual(files);
});

test("zod reads what comes from outside", () => {
  const users = usersOf("zod");
  const folders = new Set(users.map((path) => ZOD_FOLDER.exec(path)?.[0]));
  expect([...folders]).toEqual(ZOD_FOLDERS);
  const sources = [...packagesOf.keys()];
  const configs = sources.filter((path) => path.endsWith("/config.ts"));
  const events = sources.filter((path) => read(path).includes("= defineEvent("));
  expect(events.map(dirname)).toContain("shared/src/events");
  expect(users).toEqual(expect.arrayContaining([...configs, ...events]));
});

test.each(WORKSPACES)("%s depends on every package that it uses", (workspace) => {
  const dependencies = dependenciesOf(workspace);
  const used = [...packagesOf].filter(([path]) => path.startsWith(`${workspace}/`));
  const missing = used.flatMap(([path, names]) =>
    [...names].filter((name) => !(name in dependencies)).map((name) => `${path} uses ${name}`),
  );
  expect(used).not.toEqual([]);
  expect(missing).toEqual([]);
});

test("the Pub/Sub client is 6.3.0: a later one asks for a package that cannot be had", () => {
  const name = "@google-cloud/pubsub";
  const versions = WORKSPACES.map((workspace) => dependenciesOf(workspace)[name]);
  expect(versions.filter((version) => version !== undefined)).toEqual(["6.3.0"]);
});
