import { composeScheduler } from "@fanfare/scheduler/compose";
import type { FlutterFlowDeps } from "@fanfare/scheduler/flutterflow/deps";
import { flutterflowSettings } from "@fanfare/scheduler/flutterflow/settings";
import { certainClock } from "@fanfare/shared/clock";
import { readEnvironment } from "@fanfare/shared/hosting/environment";
import type { Store } from "@fanfare/shared/store";
import { z } from "zod";
import { createProjectClock } from "./google.ts";
import { type InstallationFlags, readSettings } from "./open.ts";

/** What takes documents, as the scheduler of the installation would. */
export function flutterflowDeps(store: Store, options: InstallationFlags): FlutterFlowDeps {
  const config = { ...readSettings(options), ...readEnvironment(z.object(flutterflowSettings)) };
  const clock = options.project === undefined ? certainClock : createProjectClock(options.project);
  return composeScheduler(config, store, clock);
}
