import { type ChildProcessWithoutNullStreams, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { createFolder } from "@fanfare/shared/testing/folder";
import { freePort } from "../../cli/src/installation/free-port.ts";

export const REPOSITORY = join(import.meta.dirname, "../..");
const BUILD = join(REPOSITORY, "scripts/build.mjs");
const FRAMEWORK = join(REPOSITORY, "node_modules/@google-cloud/functions-framework");
/** What the package's command `functions-framework` runs. */
const COMMAND = join(FRAMEWORK, "build/src/main.js");

/** What Cloud Run leaves a process that it has asked to end, in milliseconds. */
const LAST_MS = 10_000;

/** One service as `npm run build --json` tells of it. */
export interface Built {
  service: string;
  folder: string;
  files: { name: string; bytes: number }[];
}

/** A process of a deployed folder. */
export interface Running {
  /** Resolves when it has written this to either output; rejects if it ends before. */
  wrote(pattern: RegExp): Promise<void>;
  post(body: unknown): Promise<number>;
  get(): Promise<number>;
  /** Resolves with its exit code, or the signal that ended it, and what it wrote to standard error. */
  ended: Promise<{ code: number | NodeJS.Signals; errors: string }>;
  /** Asks it to end, and kills it where it takes longer than Cloud Run allows. */
  end(): Promise<number | NodeJS.Signals>;
}

export interface Deployment {
  built: Built[];
  /** Serves one function by the framework's own command, told by the environment as on Cloud Run. */
  serve(service: string, name: string, settings: NodeJS.ProcessEnv): Promise<Running>;
  runWorker(service: string, settings: NodeJS.ProcessEnv): Promise<Running>;
  /** Ends what still runs, and removes the folders. */
  remove(): Promise<void>;
}

/** Builds every service into a folder outside the repository, where it finds nothing but the framework. */
export async function deploy(): Promise<Deployment> {
  const parent = createFolder();
  const all: Running[] = [];
  const { stdout } = await promisify(execFile)(process.execPath, [BUILD, "--json", "--out", parent.path]);
  const built: Built[] = JSON.parse(stdout);
  for (const { folder } of built) linkFramework(folder);

  async function start(service: string, file: string, settings: NodeJS.ProcessEnv): Promise<Running> {
    // The framework does not tell which port it was given.
    const port = await freePort();
    // Nothing of this machine's credentials or settings.
    const env = { METADATA_SERVER_DETECTION: "none", ...settings, PORT: String(port) };
    const child = spawn(process.execPath, [file], { cwd: join(parent.path, service), env });
    const running = follow(child, port);
    all.push(running);
    return running;
  }

  return {
    built,
    serve: (service, name, settings) => start(service, COMMAND, { ...settings, FUNCTION_TARGET: name }),
    runWorker: (service, settings) => start(service, "worker.js", settings),
    async remove() {
      await Promise.all(all.map((running) => running.end()));
      parent.remove();
    },
  };
}

/**
 * A link is enough in place of an installed copy: Node goes by real paths, so the framework's command and the bundle
 * load the same module, and with it the same map of functions, as they would from one node_modules.
 */
function linkFramework(folder: string): void {
  const scope = join(folder, "node_modules/@google-cloud");
  mkdirSync(scope, { recursive: true });
  symlinkSync(FRAMEWORK, join(scope, "functions-framework"), "junction");
}

function follow(child: ChildProcessWithoutNullStreams, port: number): Running {
  let [text, errors] = ["", ""];
  child.stdout.on("data", (data) => {
    text += data;
  });
  child.stderr.on("data", (data) => {
    text += data;
    errors += data;
  });
  const ended = once(child, "close").then(([code, signal]) => ({ code: code ?? signal, errors }));
  const url = `http://127.0.0.1:${port}/`;
  return {
    ended,
    wrote(pattern) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const look = () => void (pattern.test(text) && resolve());
      child.stdout.on("data", look);
      child.stderr.on("data", look);
      ended.then(({ code }) => reject(new Error(`it ended (${code}) without ${pattern}: ${text}`)));
      look();
      return promise;
    },
    post: async (body) => (await fetch(url, { method: "POST", ...jsonOf(body) })).status,
    get: async () => (await fetch(url)).status,
    async end() {
      const timer = setTimeout(() => child.kill("SIGKILL"), LAST_MS);
      child.kill("SIGTERM");
      const { code } = await ended;
      clearTimeout(timer);
      return code;
    },
  };
}

const jsonOf = (body: unknown) => ({
  body: JSON.stringify(body),
  headers: { "content-type": "application/json" },
});
