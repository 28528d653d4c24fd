import { functionTarget } from "./function-target.ts";
import type { Functions } from "./functions.ts";
import { hostAsFunctions } from "./functions-framework.ts";
import type { GuardedFunction } from "./http-functions.ts";
import { type HostDeps, hostPushes } from "./push-host.ts";
import type { Hosted } from "./service.ts";

/**
 * Hosts a service where Pub/Sub pushes to it, by whichever way this process was started: as an HTTP service of its own
 * (`node main.js`), or under Google's functions framework as the function `push` or one of the `others`.
 */
export async function hostService(
  hosted: Hosted,
  deps: HostDeps,
  others: (functions: Functions) => Record<string, GuardedFunction> = () => ({}),
): Promise<void> {
  if (functionTarget(process.argv, process.env) === undefined) return hostPushes([hosted], deps);
  await hostAsFunctions(hosted, deps, (functions) => ({ push: functions.push, ...others(functions) }));
}
