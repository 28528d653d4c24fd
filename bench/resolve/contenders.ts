import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { SMALL_HEAP } from "@fanfare/local/child";
import { embeddedConfig } from "@fanfare/local/embedded/services";
import { config } from "@fanfare/resolver/config";
import { broadcastsDue } from "@fanfare/shared/events/broadcasts-due";
import { openGoogle } from "@fanfare/shared/google/open";
import { readEnvironment } from "@fanfare/shared/hosting/environment";
import { createLog } from "@fanfare/shared/hosting/log";
import { openEmbedded } from "@fanfare/shared/sqlite/embedded";
import type { Store } from "@fanfare/shared/store";
import { makeBroadcast } from "@fanfare/shared/testing/records";
import { CORES, nextMessage, startPinned } from "../send/pinned.ts";
import { type Measured, measure } from "./measure.ts";
import type { Done } from "./process.ts";
import type { Closed } from "./resolver-process.ts";
import type { Seeded } from "./stage.ts";

/** `fanfare`: with the flags that its services have on one machine. `get-all` needs the heap that Node gives it. */
export type Way = "fanfare" | "get-all";

/** Reads a place so many times after once to warm up. */
export async function measureReading(
  way: Way,
  { place, registrations, devices, environment }: Seeded,
  rounds: number,
  closing: AsyncDisposableStack,
): Promise<Measured[]> {
  const flags = way === "fanfare" ? SMALL_HEAP : [];
  const child = startPinned(CORES.client, fileOf("process.ts"), [way], environment, flags);
  closing.defer(() => void child.kill());
  await nextMessage(child, "ready");
  const read = async () => {
    child.send({ place });
    const { count } = await nextMessage<Done>(child, "done");
    const expected = way === "fanfare" ? registrations : devices;
    if (count !== expected) throw new Error(`${way} read ${count} of ${expected}`);
  };
  await read();
  const measured: Measured[] = [];
  while (measured.length < rounds) measured.push(await measure(child, registrations, read));
  return measured;
}

/** Has the resolver resolve a broadcast to everybody, and checks that the ledger holds each device once. */
export async function measureResolving(seeded: Seeded, closing: AsyncDisposableStack): Promise<Measured> {
  const { place, registrations, devices, environment } = seeded;
  const file = fileOf("resolver-process.ts");
  const child = startPinned(CORES.client, file, [place.store], environment, SMALL_HEAP);
  closing.defer(() => void child.kill());
  const store = openStore(seeded);
  closing.defer(() => store.close());
  await nextMessage(child, "ready");
  const broadcast = makeBroadcast("resolve", { releasedAt: Date.now() });
  const resolved = nothingOpen(child);
  const measured = await measure(child, registrations, async () => {
    await store.broadcasts.create(broadcast);
    await store.bus.publish(broadcastsDue.topic, [broadcastsDue.encode({ broadcastId: broadcast.id })]);
    await resolved;
  });
  const { resolved: found } = await store.ledger.standing(broadcast.id);
  if (found !== devices) throw new Error(`the resolver found ${found} of ${devices} devices`);
  return measured;
}

/** Resolves when the process has closed every range. Several of its messages may come in one turn. */
function nothingOpen(child: ChildProcess): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  child.on("message", (told: Closed | { type: "usage" }) => {
    if (told.type === "closed" && told.open === 0) resolve();
  });
  child.once("exit", () => reject(new Error("the resolver ended by itself")));
  return promise;
}

function openStore({ place, environment }: Seeded): Store {
  if (place.store === "sqlite") return openEmbedded(readEnvironment(embeddedConfig, environment));
  return openGoogle(readEnvironment(config, environment), createLog("bench", "warn"));
}

const fileOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));
