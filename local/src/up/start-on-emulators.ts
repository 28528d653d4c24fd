import { aborted } from "node:util";
import { onInterrupt } from "@fanfare/terminal/interrupt";
import { openEmulators } from "../installation/emulated.ts";
import type { PlaceDeps, Services } from "../installation/place.ts";
import { asJson, asText } from "./announce.ts";
import { type Fcm, type FcmFlags, openFcm } from "./fcm.ts";
import { createRestarts } from "./restart.ts";

export interface EmulatedUpOptions extends FcmFlags {
  project: string;
  senders: number;
  pull: boolean;
  json: boolean;
}

/**
 * Runs every service on Google's emulators, each in a process of its own, until this one is asked to end. A process
 * that dies is started again, as Cloud Run would. Nothing is left behind.
 * @throws InvalidInput, ConfigError or TerminalError where something cannot be started
 */
export async function upOnEmulators(options: EmulatedUpOptions): Promise<void> {
  await using closing = new AsyncDisposableStack();
  const ending = new AbortController();
  const end = (reason: Error) => ending.abort(reason);
  onInterrupt(end);
  const { signal } = ending;
  const fcm = closing.adopt(await openFcm(options), (one) => one.close());
  const restart = createRestarts(signal, (line) => console.error(line));
  let children: Services["children"] = {};
  const onDeath = (reason: Error, name: string) => {
    const child = children[name];
    if (child) void restart(name, child, reason);
    // What dies before all are up would mostly die again.
    else end(reason);
  };
  try {
    const services = await start(options, fcm, { closing, signal, onDeath });
    children = services.children;
    const { PUBSUB_EMULATOR_HOST: pubsub = "", FIRESTORE_EMULATOR_HOST: firestore = "" } = process.env;
    const running = { ...services, project: options.project, pubsub, firestore, fcm };
    console.log(options.json ? asJson(running) : asText(running));
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
  await aborted(signal, signal);
}

async function start({ project, senders, pull }: EmulatedUpOptions, { settings }: Fcm, deps: PlaceDeps) {
  const place = await openEmulators({ project, senders, pull }, deps);
  return await place.startServices(settings);
}
