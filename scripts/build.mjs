// Makes of each service a folder that can be deployed: services/<name>/dist. See `npm run build -- --help`.
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { build } from "esbuild";

const HELP = `npm run build -- [--json] [--out FOLDER]

Bundles each service into services/<name>/dist, or FOLDER/<name>, which is emptied first.
  --json  says on standard output what was made, for programs`;

const ROOT = join(import.meta.dirname, "..");

/** The framework's command looks functions up in a map of its own module, so the bundle must share that module. */
const EXTERNAL = ["@google-cloud/functions-framework"];

/** Packages that others ask for and do without: `debug` colours its lines where it finds this one. */
const OPTIONAL = ["supports-color"];

/**
 * What CommonJS packages expect to find. All that Fanfare uses is bundled, protos too. The files which google-gax and
 * grpc-js look for beside themselves serve proto files given by name, channelz and ORCA, and are read only then.
 */
const COMMONJS = `import { createRequire } from "node:module";
const require = createRequire(import.meta.url);
const __filename = import.meta.filename;
const __dirname = import.meta.dirname;`;

/**
 * Bundles all services in one go, because they share most of what they read. In memory, as if into their own folders:
 * so the maps name their sources the same way wherever the files go.
 */
function bundle() {
  return build({
    absWorkingDir: ROOT,
    entryPoints: globSync("services/*/src/{main,worker}.ts", { cwd: ROOT }),
    outbase: "services",
    outdir: "services",
    entryNames: "[dir]/../dist/[name]",
    write: false,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    keepNames: true,
    sourcemap: true,
    external: EXTERNAL,
    banner: { js: COMMONJS },
    metafile: true,
    logLevel: "warning",
  });
}

/** What goes into the folder of one service. */
function collectFiles(service, { outputFiles, metafile }) {
  const isOurs = (path) => basename(join(path, "../..")) === service;
  const files = outputFiles
    .filter(({ path }) => isOurs(path))
    .map(({ path, contents }) => ({ name: basename(path), contents }));
  const outputs = Object.entries(metafile.outputs).filter(([path]) => isOurs(path));
  const dependencies = findDependencies(outputs.flatMap(([, output]) => output.imports));
  const hasWorker = files.some(({ name }) => name === "worker.js");
  const text = JSON.stringify(describePackage(service, dependencies, hasWorker), null, 2);
  return [...files, { name: "package.json", contents: Buffer.from(`${text}\n`) }];
}

/** The packages that bundles ask for at run time. One that nobody decided on would be missed only there. */
function findDependencies(imports) {
  const left = imports.filter(({ external, path }) => external && !isBuiltin(path)).map(({ path }) => path);
  const unknown = left.filter((path) => ![...EXTERNAL, ...OPTIONAL].includes(path));
  if (unknown.length > 0) throw new Error(`not bundled: ${[...new Set(unknown)].join(", ")}`);
  return EXTERNAL.filter((name) => left.includes(name));
}

function describePackage(service, dependencies, hasWorker) {
  const { name, version } = readJson(`services/${service}/package.json`);
  const { packages } = readJson("package-lock.json");
  return {
    name,
    version,
    private: true,
    type: "module",
    main: "main.js",
    engines: { node: "24" },
    // No --enable-source-maps: it doubles memory and time to start, and names are kept; the maps are for debuggers, and
    // for a person who reads a stack.
    scripts: describeScripts(service, hasWorker),
    dependencies: Object.fromEntries(
      dependencies.map((one) => [one, packages[`node_modules/${one}`].version]),
    ),
  };
}

/**
 * What Pub/Sub pushes to is a plain service; FUNCTION_TARGET tells the framework's command which function it is. npm runs
 * a script in a shell, and only a process in the shell's place gets the SIGTERM by which Cloud Run asks it to end.
 */
function describeScripts(service, hasWorker) {
  const { subscriptions } = readJson("deploy/topology.json");
  const isPushed = Object.keys(subscriptions).some((name) => name.startsWith(`${service}.`));
  const framework = "exec functions-framework";
  const worker = hasWorker && { worker: "exec node worker.js" };
  return { start: isPushed ? "exec node main.js" : framework, function: framework, ...worker };
}

function readJson(path) {
  return JSON.parse(readFileSync(join(ROOT, path), "utf8"));
}

function writeAll(folder, files) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const { name, contents } of files) writeFileSync(join(folder, name), contents);
}

function print({ service, folder, files }) {
  console.log(`${service}: ${folder}`);
  for (const { name, bytes } of files) {
    const kb = Math.ceil(bytes / 1024).toLocaleString("en");
    console.log(`  ${name.padEnd(14)}${kb.padStart(8)} KB`);
  }
}

async function main() {
  const { values } = parseArgs({
    options: { json: { type: "boolean" }, out: { type: "string" }, help: { type: "boolean" } },
  });
  if (values.help) return console.log(HELP);
  const bundles = await bundle();
  const services = globSync("services/*/src/main.ts", { cwd: ROOT }).map((path) =>
    basename(join(path, "../..")),
  );
  // All is bundled before anything is replaced: a build that fails leaves the last one as it was.
  const made = services.sort().map((service) => {
    const folder = values.out ? resolve(values.out, service) : join(ROOT, "services", service, "dist");
    return { service, folder, files: collectFiles(service, bundles) };
  });
  for (const { folder, files } of made) writeAll(folder, files);
  const report = made.map(({ files, ...one }) => ({
    ...one,
    files: files.map(({ name, contents }) => ({ name, bytes: contents.length })),
  }));
  if (values.json) console.log(JSON.stringify(report, null, 2));
  else report.forEach(print);
}

main().catch((error) => {
  // Of many faults esbuild has told each by itself.
  console.error(`The build failed: ${error.message.split("\n")[0]}`);
  process.exitCode = 1;
});
