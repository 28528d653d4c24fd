import { setTimeout as pause } from "node:timers/promises";
import { ConfigError, TerminalError } from "@fanfare/shared/errors";
import { freePort } from "../installation/free-port.ts";
import type { Found, FoundEmulators } from "./find.ts";
import { type Kept, keep } from "./keep.ts";

export interface Emulators {
  /** Host and port, as Google's clients take them in PUBSUB_EMULATOR_HOST and FIRESTORE_EMULATOR_HOST. */
  pubsubHost: string;
  firestoreHost: string;
  /** Ends what was started, and waits until it is gone. What ran before runs on. */
  close(): Promise<void>;
}

export interface StartOptions {
  /** How long an emulator may take until it answers, in milliseconds. It takes two seconds on an idle machine. */
  timeoutMs?: number;
}

interface Started {
  host: string;
  close(): Promise<void>;
}

const TIMEOUT_MS = 60_000;
/** One that runs answers at once; a person may have started it a moment ago. */
const JOIN_MS = 10_000;
const ASK_EVERY_MS = 50;
/** Another program may take a port between the moment it was found free and the emulator's start. */
const ATTEMPTS = 3;

/**
 * Starts the emulators that do not run yet, both at once, and resolves when both answer. They end with this process,
 * however it ends.
 * @throws TerminalError EMULATOR_NOT_STARTED with what the emulator wrote last; nothing runs then
 * @throws ConfigError where one is said to run and does not answer
 */
export async function startEmulators(
  { pubsub, firestore }: FoundEmulators,
  { timeoutMs = TIMEOUT_MS }: StartOptions = {},
): Promise<Emulators> {
  const both = await Promise.allSettled([
    start("Pub/Sub", pubsub, timeoutMs),
    start("Firestore", firestore, timeoutMs),
  ]);
  const started = both.filter((one) => one.status === "fulfilled").map(({ value }) => value);
  const close = async () => void (await Promise.all(started.map((one) => one.close())));
  const [first, second] = started;
  if (first && second) return { pubsubHost: first.host, firestoreHost: second.host, close };
  await close();
  throw both.find((one) => one.status === "rejected")?.reason;
}

async function start(name: string, found: Found, timeoutMs: number): Promise<Started> {
  if (found.kind === "running") return join(name, found.host, Math.min(timeoutMs, JOIN_MS));
  for (let attempt = 1; ; attempt++) {
    const host = `127.0.0.1:${await freePort()}`;
    const emulator = run(found, host);
    const answer = await firstAnswer(host, emulator, timeoutMs);
    // Something else may answer at a port that was taken: then the emulator has written that it is in use.
    const taken = /already in use/i.test(emulator.output());
    if (answer === "answers" && !taken) return { host, close: emulator.kill };
    await emulator.kill();
    if (taken && attempt < ATTEMPTS) continue;
    const why = answer === "ended" ? "ended before it answered" : `did not answer within ${timeoutMs} ms`;
    const wrote = emulator.output().trim() || "nothing";
    throw new TerminalError("EMULATOR_NOT_STARTED", `The ${name} emulator ${why}. It wrote:\n${wrote}`);
  }
}

async function join(name: string, host: string, timeoutMs: number): Promise<Started> {
  if ((await answers(host, AbortSignal.timeout(timeoutMs))) === "answers")
    return { host, close: async () => undefined };
  throw new ConfigError(`The ${name} emulator is said to run at ${host}, where nothing answers.`);
}

function run(found: Extract<Found, { kind: "installed" }>, host: string): Kept {
  const [address, port] = host.split(":");
  const args = [...found.args, `--host=${address}`, `--port=${port}`];
  return keep(found.command, args, { ...process.env, ...found.env });
}

async function firstAnswer(host: string, emulator: Kept, timeoutMs: number) {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, AbortSignal.timeout(timeoutMs)]);
  const answer = await Promise.race([answers(host, signal), emulator.ended.then(() => "ended" as const)]);
  over.abort();
  return answer;
}

/** Asks again and again until it answers; both emulators say Ok at their root. */
async function answers(host: string, signal: AbortSignal): Promise<"answers" | "silent"> {
  while (!signal.aborted) {
    const response = await fetch(`http://${host}/`, { signal }).catch(() => null);
    if (response) {
      await response.body?.cancel();
      return "answers";
    }
    await pause(ASK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
  return "silent";
}
