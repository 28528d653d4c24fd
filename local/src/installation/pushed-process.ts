import { fileURLToPath } from "node:url";
import { type Child, createChild, SMALL_HEAP } from "../child.ts";

/** A service that Pub/Sub pushes to, as Cloud Run would run it. */
export interface PushedProcess {
  service: string;
  port: number;
  environment: NodeJS.ProcessEnv;
  /** Options of Node's beside those of every such process. */
  execArgv?: string[];
  onDeath: (reason: Error) => void;
  onLog?: ((line: string) => void) | undefined;
}

/** A service's main file in a process of its own. With Pub/Sub's emulator it listens on loopback. */
export function createPushedProcess({
  service,
  port,
  environment,
  execArgv = [],
  onDeath,
  onLog,
}: PushedProcess): Child {
  // Not a function, whatever this process is.
  const { FUNCTION_TARGET: _, ...others } = environment;
  return createChild({
    name: service,
    main: fileURLToPath(import.meta.resolve(`@fanfare/${service}/main`)),
    environment: { ...others, NODE_ENV: "production", PORT: String(port) },
    execArgv: [...SMALL_HEAP, ...execArgv],
    onDeath,
    onLog,
  });
}
