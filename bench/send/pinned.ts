import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { ConfigError } from "@fanfare/shared/errors";

/** Senders share one core and the sink has another, so that neither takes the other's time. */
export const CORES = { client: "0", sink: "1" };

/** @throws ConfigError where processes cannot be kept to cores */
export function checkCores(): void {
  const hasTaskset = spawnSync("taskset", ["--version"]).status === 0;
  if (!hasTaskset || availableParallelism() < 2)
    throw new ConfigError("The benchmark needs Linux with two cores, and taskset (util-linux).");
}

/** A Node process of ours that runs on one core only, and tells things by messages. */
export function startPinned(
  core: string,
  file: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
  execArgv: readonly string[] = [],
): ChildProcess {
  const main = file.startsWith("/") ? file : fileURLToPath(new URL(file, import.meta.url));
  return spawn("taskset", ["-c", core, process.execPath, ...execArgv, main, ...args], {
    env: environment,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
}

/** The next message of that type. @throws Error when the process ends before */
export function nextMessage<T extends { type: string }>(child: ChildProcess, type: T["type"]): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const onMessage = (message: T) => {
    if (message.type === type) resolve(message);
  };
  const onExit = () => reject(new Error(`a process ended by itself: ${child.spawnargs.slice(3).join(" ")}`));
  child.on("message", onMessage).once("exit", onExit);
  return promise.finally(() => child.off("message", onMessage).off("exit", onExit));
}
