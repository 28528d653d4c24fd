import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stopChildren } from "@fanfare/local/installation/place";
import type { Books } from "@fanfare/shared/domain/books";
import { judge } from "./judge.ts";
import { type Stage, type StageOptions, setStage } from "./stage.ts";
import { cancelInMidSend, pauseKillResume, type Stopped } from "./stop.ts";

const ROUNDS = { cancel: cancelInMidSend, pause: pauseKillResume };
export type Kind = keyof typeof ROUNDS;

export interface RoundReport {
  seed: string;
  kind: Kind;
  /** What was not as it has to be. */
  findings: string[];
  /** Attempts when the stop was acknowledged. */
  sent: number;
  books: Books | null;
}

/** Sends a broadcast, stops it on the way, and holds what became of it against FCM's own log. */
export async function playRound(kind: Kind, seed: string, registrations: number): Promise<RoundReport> {
  const { stopped, ...judged } = await play({ seed, registrations }, ROUNDS[kind]);
  return { seed, kind, sent: stopped.sent.attempts, ...judged };
}

/** What was wrong, for one way of stopping a broadcast of this size. */
export async function play(
  options: StageOptions,
  stop: (stage: Stage, signal: AbortSignal) => Promise<Stopped>,
) {
  const data = await mkdtemp(join(tmpdir(), "fanfare-stops-"));
  await using closing = new AsyncDisposableStack();
  closing.defer(() => rm(data, { recursive: true, force: true }));
  const ending = new AbortController();
  const deps = { closing, signal: ending.signal, onDeath: (reason: Error) => ending.abort(reason) };
  const stage = await setStage(options, data, deps);
  const stopped = await stop(stage, ending.signal);
  await stopChildren(stage.children);
  const { books = null } = (await stage.store.broadcasts.get(stage.broadcast.id)) ?? {};
  return { stopped, findings: await judge(stage, stopped), books };
}
