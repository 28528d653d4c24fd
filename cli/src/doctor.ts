import { readGoogleSettings } from "@fanfare/local/installation/google";
import { environmentFor, withExistingStore } from "@fanfare/local/installation/open";
import { timerSettings } from "@fanfare/scheduler/config";
import { TOPOLOGY } from "@fanfare/shared/bus/topology";
import { readEnvironment } from "@fanfare/shared/hosting/environment";
import { examine } from "@fanfare/shared/operations/doctor/examine";
import { type Installation, lineOf } from "@fanfare/shared/operations/doctor/finding";
import type { Store } from "@fanfare/shared/store";
import type { Command } from "commander";
import { z } from "zod";
import { type CommonOptions, withCommonOptions } from "./common-options.ts";

/** A tick is noted every ten seconds at most, and Cloud Scheduler makes one a minute. */
const LEAST_PATIENCE_MS = 30_000;
const CLOUD_PATIENCE_MS = 3 * 60_000;

export function doctorCommand(program: Command): void {
  const text = "whether all is well: what stands still, what died, what waits for a person, and what to do";
  withCommonOptions(program.command("doctor").description(text)).action((options: CommonOptions) =>
    withExistingStore(options, async (store) => {
      const findings = await examine(installationOf(store, options));
      const ok = findings.every((finding) => finding.ok);
      if (!ok) process.exitCode = 1;
      if (options.json) console.log(JSON.stringify({ ok, findings }));
      else for (const finding of findings) console.log(lineOf(finding));
    }),
  );
}

function installationOf(store: Store, options: CommonOptions): Installation {
  if (options.project !== undefined) {
    const clockHelp =
      "look at the scheduler's log and at its job in Cloud Scheduler, which the first broadcast for later makes";
    const pushing = readAllPushing.bind(null, options.project);
    return { ...store, now: store.now(), patienceMs: CLOUD_PATIENCE_MS, clockHelp, pushing };
  }
  const { FANFARE_TICK_SECONDS: seconds } = readEnvironment(z.object(timerSettings), environmentFor(options));
  const patienceMs = Math.max(LEAST_PATIENCE_MS, 3 * seconds * 1_000);
  return {
    ...store,
    now: store.now(),
    patienceMs,
    clockHelp: "fanfare up ticks; where it runs, its log says why",
  };
}

async function readAllPushing(project: string) {
  // Loaded here, as `google-store.ts` does it.
  const { readPushing } = await import("@fanfare/shared/bus/pubsub-pushers");
  const { FANFARE_TOPIC_PREFIX: prefix } = readGoogleSettings(project);
  return readPushing(
    project,
    Object.keys(TOPOLOGY.subscriptions).map((name) => prefix + name),
  );
}
