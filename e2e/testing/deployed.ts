import { type ChildProcessWithoutNullStreams, execFile, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, symlinkSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "@fanfare/local/installation/free-port";
import { createFolder } from "@fanfare/shared/testing/folder";

export const REPOSITORY = join(import.meta.dirname, "../..");
const BUILD = join(REPOSITORY, "scripts/build.mjs");
const FRAMEWORK = join(REPOSITORY, "node_modules/@google-cloud/functions-framework");
/** What the package's command `functions-framework` runs. */
const COMMAND = join(FRAMEWORK, "build/src/main.js");
/** What a service is started by: what Pub/Sub pushes comes to it, unless the framework has started it. */
const MAIN = "main.js";
const PUSH = "push";
/** Serves a function on loopback, as it must where Pub/Sub is emulated. */
const HOST = join(REPOSITORY, "local/src/installation/function-host.ts");

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
  /** Resolves when it says that it listens; rejects if it ends before. */
  listens: Promise<void>;
  url: string;
  pid: number | undefined;
  post(body: unknown, token?: string): Promise<number>;
  get(): Promise<number>;
  /** All that it has written so far, to both outputs. */
  output(): string;
  /** Resolves with its exit code, or the signal that ended it, and what it wrote to standard error. */
  ended: Promise<{ code: number | NodeJS.Signals; errors: string }>;
  /** Asks it to end, and kills it where it takes longer than Cloud Run allows. */
  end(): Promise<number | NodeJS.Signals>;
}

export interface Deployment {
  built: Built[];
  /** Serves what is deployed under a name: `push` by the service itself, all else by the framework's own command. */
  serve(service: string, name: string, settings: NodeJS.ProcessEnv): Promise<Running>;
  /** Serves one function by the framework's own command, told by the environment as on Cloud Run. */
  serveAsFunction(service: string, name: string, settings: NodeJS.ProcessEnv): Promise<Running>;
  /** Serves it on loopback, functions by the framework's own server, and resolves when it listens. */
  serveOnLoopback(
    service: string,
    name: string,
    settings: NodeJS.ProcessEnv,
    nodeOptions: string[],
  ): Promise<Running>;
  runWorker(service: string, settings: NodeJS.ProcessEnv): Promise<Running>;
  /** Starts it by a script of its package, as Cloud Run does. */
  runScript(service: string, script: string, settings: NodeJS.ProcessEnv): Promise<Running>;
  /** Ends what still runs, and removes the folders. */
  remove(): Promise<void>;
}

/**
 * Builds every service into a folder outside the repository, where it finds nothing but the framework.
 * @param environment what every process gets beside its settings
 */
export async function deploy(environment: Record<string, string> = {}): Promise<Deployment> {
  const parent = createFolder();
  const all: Running[] = [];
  const { stdout } = await promisify(execFile)(process.execPath, [BUILD, "--json", "--out", parent.path]);
  const built: Built[] = JSON.parse(stdout);
  for (const { folder } of built) linkFramework(folder);

  async function start(
    service: string,
    args: string[],
    settings: NodeJS.ProcessEnv,
    command = process.execPath,
  ): Promise<Running> {
    // None tells which port it was given.
    const { PORT: port = await freePort() } = settings;
    // Nothing of this machine's credentials or settings.
    const env = { METADATA_SERVER_DETECTION: "none", ...environment, ...settings, PORT: String(port) };
    const stdio: StdioOptions = ["pipe", "pipe", "pipe", ...(args.includes(COMMAND) ? [] : ["ipc" as const])];
    const options = { cwd: join(parent.path, service), env, stdio };
    const child = spawn(command, args, options) as ChildProcessWithoutNullStreams;
    const running = follow(child, Number(port));
    all.push(running);
    return running;
  }

  const serveAsFunction: Deployment["serveAsFunction"] = (service, name, settings) =>
    start(service, [COMMAND], { ...settings, FUNCTION_TARGET: name });

  return {
    built,
    serve: (service, name, settings) =>
      name === PUSH ? start(service, [MAIN], settings) : serveAsFunction(service, name, settings),
    serveAsFunction,
    async serveOnLoopback(service, name, settings, nodeOptions) {
      const [args, target] =
        name === PUSH ? [[MAIN], {}] : [[HOST, `--source=${MAIN}`], { FUNCTION_TARGET: name }];
      const own = { NODE_ENV: "production", ...settings, ...target };
      const running = await start(service, [...nodeOptions, ...args], own);
      await running.listens;
      return running;
    },
    runWorker: (service, settings) => start(service, ["worker.js"], settings),
    runScript: (service, script, settings) =>
      start(
        service,
        ["run", script],
        { ...settings, PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}` },
        "npm",
      ),
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
  const ended = once(child, "close").then(([code, signal]) => ({
    code: code ?? signal,
    errors,
  }));
  const listening = Promise.withResolvers<void>();
  listening.promise.catch(() => undefined);
  child.on(
    "message",
    (message: object) => "type" in message && message.type === "ready" && listening.resolve(),
  );
  // The framework's command tells it in words.
  child.stdout.on("data", () => /^URL: /m.test(text) && listening.resolve());
  ended.then(({ code }) => listening.reject(new Error(`it ended (${code}) before it listened: ${text}`)));
  const url = `http://127.0.0.1:${port}/`;
  return {
    ended,
    listens: listening.promise,
    url,
    output: () => text,
    pid: child.pid,
    wrote(pattern) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const look = () => void (pattern.test(text) && resolve());
      child.stdout.on("data", look);
      child.stderr.on("data", look);
      ended.then(({ code }) => reject(new Error(`it ended (${code}) without ${pattern}: ${text}`)));
      look();
      return promise;
    },
    post: async (body, token) => (await fetch(url, { method: "POST", ...jsonOf(body, token) })).status,
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

const jsonOf = (body: unknown, token?: string) => ({
  body: JSON.stringify(body),
  headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
});
