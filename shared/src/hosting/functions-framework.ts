import { ConfigError } from "../errors.ts";
import { functionTarget } from "./function-target.ts";
import { createFunctions, type Functions } from "./functions.ts";
import { endFunctions } from "./functions-process.ts";
import { createGuard } from "./guard.ts";
import { onNextServer, requireLoopback, standBefore } from "./guard-server.ts";
import type { GuardedFunction } from "./http-functions.ts";
import { type Log, serviceOf } from "./log.ts";
import { pushModeOf, requirePushSettings } from "./push-auth.ts";
import type { HostDeps } from "./push-host.ts";
import type { PushSettings } from "./push-settings.ts";
import { seldomOf } from "./seldom.ts";
import type { Hosted } from "./service.ts";
import { watchClock } from "./watch-clock.ts";

/**
 * Hosts a service as functions of Google's framework, until the process is asked to end: then it takes nothing more,
 * lets running handlers finish or hand back, and goes.
 * @param choose names the functions, each under which the framework is to find it
 */
export async function hostAsFunctions(
  hosted: Hosted,
  deps: HostDeps,
  choose: (functions: Functions) => Record<string, GuardedFunction>,
): Promise<void> {
  const functions = createFunctions([hosted], deps);
  const clock = watchClock(serviceOf(deps.log), { health: deps.store.health, log: deps.log });
  endFunctions(async () => {
    await functions.close();
    await clock.close();
    await deps.store.close();
  });
  await serveFunctions(choose(functions), deps);
}

/**
 * Registers functions with the framework, and puts the guard of the one that this process serves before the framework's
 * server: its own parser would read a gigabyte, print what it cannot read, and answer with a page of its stack. The
 * framework is loaded here, as most processes do without it.
 * @throws ConfigError where a pushed function does not know who may push
 */
export async function serveFunctions(
  functions: Record<string, GuardedFunction>,
  { log, settings }: { log: Log; settings: PushSettings },
): Promise<void> {
  const { http } = await import("@google-cloud/functions-framework");
  for (const [name, { handler }] of Object.entries(functions)) http(name, handler);
  const door = functions[functionTarget(process.argv, process.env) ?? ""]?.door;
  // The framework reports an unknown function itself.
  if (!door) return;
  if (door.pushed) requirePushSettings(settings);
  onNextServer((server) => {
    standBefore(server, createGuard(door, seldomOf(log)));
    if (door.pushed && pushModeOf(settings) === "off") requireLoopback(server, refuseToServe);
  });
}

/** With the emulator no push is proved, so that anyone who reaches the function could start a broadcast. */
function refuseToServe(): void {
  const error = new ConfigError(
    "PUBSUB_EMULATOR_HOST: pushes of the emulator are believed without proof, so the function must listen on " +
      "127.0.0.1 only. Start it with `fanfare up --emulators`, or set FANFARE_PUSH_AUTH=verify",
  );
  console.error(`${error.name}: ${error.message}`);
  process.exit(1);
}
