import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Child, createChild, SMALL_HEAP } from "../child.ts";

/** One function of a service, as Cloud Run would run it. */
export interface FunctionProcess {
  service: string;
  target: string;
  port: number;
  environment: NodeJS.ProcessEnv;
  /** Options of Node's beside those of every function. */
  execArgv?: string[];
  onDeath: (reason: Error) => void;
  onLog?: ((line: string) => void) | undefined;
}

const ASK_EVERY_MS = 50;

/** The functions framework on a service's main file, in a process of its own. */
export function createFunctionProcess({
  service,
  target,
  port,
  environment,
  execArgv = [],
  onDeath,
  onLog,
}: FunctionProcess): Child {
  const source = fileURLToPath(import.meta.resolve(`@fanfare/${service}/main`));
  return createChild({
    name: `${service}'s function ${target}`,
    main: frameworkMain(),
    args: [`--source=${source}`, `--target=${target}`, `--port=${port}`],
    // Production: no greeting on standard output.
    environment: { ...environment, NODE_ENV: "production" },
    execArgv: [...SMALL_HEAP, ...execArgv],
    onDeath,
    onLog,
    ready: (signal) => answers(port, signal),
  });
}

/** The framework's package names no path for its command. */
function frameworkMain(): string {
  const index = createRequire(import.meta.url).resolve("@google-cloud/functions-framework");
  return join(dirname(index), "main.js");
}

/** Resolves once something answers at a port, whatever it says. */
async function answers(port: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const response = await fetch(`http://127.0.0.1:${port}/`, { signal }).catch(() => null);
    if (response) return void (await response.body?.cancel());
    await sleep(ASK_EVERY_MS, undefined, { signal });
  }
}
