import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { startSimulator } from "@fanfare/demo/stage";
import { submitRequest } from "@fanfare/demo/submit-request";
import { openEmulators } from "@fanfare/local/installation/emulated";
import { TerminalError } from "@fanfare/shared/errors";
import type { Store } from "@fanfare/shared/store";
import { seedUsers } from "../lanes/seed.ts";
import type { StageDeps } from "../lanes/stage.ts";
import { usageOf } from "../send/usage.ts";
import type { Host } from "./report.ts";

/** A look costs the emulator, and the sender nothing. */
const LOOK_EVERY_MS = 250;

/**
 * Sets up an installation in a new project, hosted this way, and sends one broadcast to everybody to warm it up.
 * @returns sends another, and resolves with the CPU seconds that the sender's process took for it
 */
export async function openHost(
  host: Host,
  devices: number,
  deps: StageDeps,
): Promise<(name: string) => Promise<number>> {
  const project = `bench-${randomUUID().slice(0, 18)}`;
  const framework = host === "framework";
  const { store, startServices } = await openEmulators({ project, senders: 1, pull: false, framework }, deps);
  await seedUsers(store.registrations, devices, deps.signal);
  const url = await startSimulator({ seed: "push" }, deps);
  const { children } = await startServices({ FANFARE_FCM_ENDPOINT: url, FANFARE_FCM_PROJECT: "bench" });
  const cpuMs = () => usageOf(children.sender?.pid() ?? 0).cpuMs;
  await broadcast(store, "warming up", devices, deps.signal);
  return async (name) => {
    const before = cpuMs();
    await broadcast(store, name, devices, deps.signal);
    return (cpuMs() - before) / 1_000;
  };
}

/** Resolves when a broadcast has finished and owes nothing any more. @throws TerminalError if it did not reach all */
async function broadcast(store: Store, key: string, devices: number, signal: AbortSignal): Promise<void> {
  const { id } = await submitRequest(store, {
    caller: "bench",
    idempotencyKey: key,
    content: { title: "Fanfare", text: "Pushed", initialPage: "HomePage" },
    audience: "all",
  });
  for (;;) {
    const sent = await store.broadcasts.get(id);
    if (sent?.books && sent.owes.length === 0) {
      const { accepted } = sent.books;
      if (accepted === devices) return;
      throw new TerminalError("NOT_ALL", `FCM accepted ${accepted} of ${devices} messages`);
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}
