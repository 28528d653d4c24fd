import { fileURLToPath } from "node:url";
import { type Child, createChild, SMALL_HEAP } from "../child.ts";
import type { PushedProcess } from "./pushed-process.ts";

/** One function of a service, as Cloud Run would run it. */
export interface FunctionProcess extends PushedProcess {
  target: string;
}

/** The functions framework on a service's main file, in a process of its own that listens on loopback. */
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
    main: fileURLToPath(import.meta.resolve("./function-host.ts")),
    // The target twice: a list of processes shows the one, the service reads the other.
    args: [`--source=${source}`, `--target=${target}`],
    // Production, as on Cloud Run: an error's text is not in the answer.
    environment: { ...environment, NODE_ENV: "production", FUNCTION_TARGET: target, PORT: String(port) },
    execArgv: [...SMALL_HEAP, ...execArgv],
    onDeath,
    onLog,
  });
}
