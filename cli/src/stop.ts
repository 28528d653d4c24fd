import { setTimeout as sleep } from "node:timers/promises";
import { endEarly } from "@fanfare/shared/broadcasts/end-early";
import { cancel, pause, resume, type Turned, type Who } from "@fanfare/shared/broadcasts/gates";
import { type Broadcast, isFinished } from "@fanfare/shared/domain/broadcast";
import type { Standing } from "@fanfare/shared/ledger";
import type { Store } from "@fanfare/shared/runtime/store";
import type { Command } from "commander";
import { find, stateOf } from "./status.ts";
import { type CommonOptions, withCommonOptions, withExistingStore } from "./store.ts";
import { whoActs } from "./who.ts";

interface StopOptions extends CommonOptions {
  reason?: string;
}

/** Everything that a change of gates needs. */
type Deps = Store & { now: () => number };

const LOOK_EVERY_MS = 200;
/** Longer than it takes where all goes well. */
const PATIENCE_MS = 3_000;

export function pauseCommand(program: Command): void {
  gateCommand(program, "pause <id>", "stop sending a broadcast until it is resumed").action(
    (id: string, options: StopOptions) =>
      withExistingStore(options, async (store) => {
        const deps = { ...store, now: Date.now };
        const turned = await turn(deps, id, (who) => pause(deps, id, who), options);
        const isDone = turned.gates.paused !== undefined;
        if (isDone) await untilStopped(deps, turned);
        await report(deps, turned, isDone, options);
      }),
  );
}

export function cancelCommand(program: Command): void {
  const text = "end a broadcast for good: at most what is in flight still goes out";
  gateCommand(program, "cancel <id>", text).action((id: string, options: StopOptions) =>
    withExistingStore(options, async (store) => {
      const deps = { ...store, now: Date.now };
      const turned = await turn(deps, id, (who) => cancel(deps, id, who), options);
      const isDone = turned.gates.cancelled !== undefined;
      if (isDone) {
        await untilStopped(deps, turned);
        // What dead senders held has been let go of by now.
        if (!isFinished(turned.phase)) await endEarly(deps, turned);
      }
      await report(deps, turned, isDone, options);
    }),
  );
}

interface ResumeOptions extends StopOptions {
  held?: boolean;
}

export function resumeCommand(program: Command): void {
  gateCommand(program, "resume <id>", "go on with a broadcast that is paused")
    .option("--held", "with one that the sender holds, once its cause is mended")
    .action((id: string, options: ResumeOptions) =>
      withExistingStore(options, async (store) => {
        const deps = { ...store, now: Date.now };
        const gate = options.held ? "held" : "paused";
        let isDone = false;
        const turned = await turn(
          deps,
          id,
          async (who) => {
            const result = await resume(deps, id, gate, who);
            isDone = result?.kind === "changed";
            return result;
          },
          options,
        );
        if (!isDone && !options.json) console.log(`${id} is not ${gate}.`);
        await report(deps, turned, isDone, options);
      }),
    );
}

function gateCommand(program: Command, usage: string, description: string): Command {
  return withCommonOptions(program.command(usage).description(description)).option(
    "--reason <text>",
    "why, for the audit and for whoever looks at the broadcast",
  );
}

/** @throws InvalidInput where there is no such broadcast */
async function turn(
  store: Store,
  id: string,
  change: (who: Who) => Promise<Turned | null>,
  { reason }: StopOptions,
): Promise<Broadcast> {
  const turned = await change({ by: whoActs(), reason });
  return turned?.broadcast ?? find(store, id);
}

/**
 * Resolves when nothing of a broadcast can be sent any more. Whoever holds a chunk sees the gate within a second, and
 * lets go once what is in flight has been answered; what a dead process holds is free when its lease has passed.
 */
async function untilStopped({ ledger }: Deps, { id }: Broadcast): Promise<void> {
  const since = performance.now();
  let told = false;
  while ((await ledger.countHeld(id)) > 0) {
    if (!told && performance.now() - since > PATIENCE_MS) {
      console.error("Nothing more is begun; waiting for what is in flight.");
      told = true;
    }
    await sleep(LOOK_EVERY_MS);
  }
}

async function report(
  store: Store,
  { id }: Broadcast,
  isDone: boolean,
  { json }: StopOptions,
): Promise<void> {
  if (!isDone) process.exitCode = 1;
  const broadcast = await find(store, id);
  const standing = await store.ledger.standing(id);
  const { accepted, rejected, cancelled, expired, unknown, open } = standing;
  if (json) {
    const { phase, gates } = broadcast;
    const counts = { accepted, rejected, cancelled, expired, unknown, open };
    console.log(JSON.stringify({ broadcastId: id, done: isDone, state: phase, gates, ...counts }));
    return;
  }
  console.log(`${id}: ${stateOf(broadcast)}`);
  const words = inWords(standing, broadcast.books?.unresolvedAbout ?? 0);
  if (words) console.log(words);
}

function inWords(
  { accepted, rejected, cancelled, expired, unknown, open }: Standing,
  unresolvedAbout: number,
): string {
  const counts = { accepted, rejected, cancelled, expired, unknown, open };
  const parts = Object.entries(counts).filter(([, count]) => count > 0);
  const words = parts.map(([name, count]) => `${count} ${name}`);
  return [...words, ...(unresolvedAbout > 0 ? [`about ${unresolvedAbout} never resolved`] : [])].join(", ");
}
