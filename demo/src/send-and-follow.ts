import { setTimeout as sleep } from "node:timers/promises";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import { TerminalError } from "@fanfare/shared/errors";
import type { Store } from "@fanfare/shared/store";
import { type ProgressLine, showProgress } from "@fanfare/terminal/progress";
import { answerIn, askByDocument, documentPath } from "./ask-by-document.ts";
import { unleashChaos } from "./chaos.ts";
import type { DemoOptions } from "./options.ts";
import { followPhases, type SeenBroadcast } from "./phases.ts";
import { createRandom } from "./random.ts";
import type { Run } from "./report.ts";
import type { Stage } from "./stage.ts";
import { submitRequest } from "./submit-request.ts";

/** On the emulators a look costs them more than it costs a file. */
const LOOK_EVERY_MS = { file: 25, emulators: 250 };
/** A look adds up all chunks. However many there are, this part of a processor is enough for looking on. */
const LOOKS_SHARE = 0.05;

/**
 * Sends one broadcast to the audience of `count` devices, and resolves when it has finished and pruned.
 * @throws the signal's reason, once it is aborted
 */
export async function sendAndFollow(
  options: DemoOptions,
  stage: Stage,
  count: number,
  signal: AbortSignal,
): Promise<Run> {
  const { store } = stage;
  const phases = followPhases();
  const { id } = await (options.flutterflow
    ? askByDocument(options, stage)
    : submitBroadcast(options, store));
  const chaos = unleashChaos({
    ...stage,
    ledger: store.ledger,
    audience: count,
    everything: options.emulators,
    random: createRandom(`${options.seed} kills`),
  });
  const progress = showProgress("sending", count, "registrations");
  for (;;) {
    signal.throwIfAborted();
    const before = process.cpuUsage();
    const seen = await look(store, id, progress);
    const cost = process.cpuUsage(before);
    const { broadcast } = seen;
    const done = phases.note(seen);
    if (broadcast.books && done && !broadcast.owes.includes("answer")) {
      progress.end();
      const path = documentPath(options);
      const document = options.flutterflow ? { path, answer: await answerIn(store, path) } : undefined;
      return { broadcast, books: broadcast.books, kills: chaos.kills, phases: done, document };
    }
    if (options.chaos) await chaos.look(id);
    await sleep(Math.max(LOOK_EVERY_MS[options.emulators ? "emulators" : "file"], pauseMsFor(cost)));
  }
}

/** How long to let the others work after a look that cost so much of this process's time. */
function pauseMsFor({ user, system }: NodeJS.CpuUsage): number {
  const costMs = (user + system) / 1_000;
  return costMs / LOOKS_SHARE - costMs;
}

/** The broadcast as it is now. @throws TerminalError where it does not go on. */
async function look(store: Store, id: string, progress: ProgressLine): Promise<SeenBroadcast> {
  const broadcast = await store.broadcasts.get(id);
  if (!broadcast) throw new TerminalError("BROADCAST_MISSING", `there is no broadcast ${id}`);
  const { held } = broadcast.gates;
  if (held) throw new TerminalError("BROADCAST_HELD", `the broadcast is held: ${held.reason}`);
  const standing = await store.ledger.standing(id);
  progress.update(standing.resolved - standing.open);
  return { broadcast, standing };
}

function submitBroadcast({ platform, seed }: DemoOptions, store: Store): Promise<Broadcast> {
  return submitRequest(store, {
    caller: "demo",
    idempotencyKey: `demo-${seed}`,
    content: { title: "Fanfare", text: "The books balance.", initialPage: "HomePage", sound: "default" },
    audience: platform ? { platforms: [platform] } : "all",
  });
}
