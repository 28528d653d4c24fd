import { type ChildProcess, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { SMALL_HEAP } from "@fanfare/local/child";
import { openStore, readDataSettings } from "@fanfare/local/installation/open";
import type { ClientOrder } from "./client.ts";
import { PROJECT, type Tally } from "./contender.ts";
import { planBroadcast, SENDER, sendBroadcast } from "./fanfare.ts";
import { CORES, nextMessage, startPinned } from "./pinned.ts";
import type { Site } from "./site.ts";
import { usageOf } from "./usage.ts";

/** A sender that is measured: its process, and how it is made to send. */
export interface Contender {
  name: string;
  /** Calls of a library that are under way at once. */
  calls: number;
  /** Whose use of processor and memory counts. */
  pid: number;
  /** What it held before it sent anything, in megabytes. */
  idleRssMb: number;
  /** Gets ready for these addresses; what the function it returns does is what is measured. */
  prepare(addresses: readonly string[]): Promise<() => Promise<Tally>>;
}

export type Start = (site: Site, closing: AsyncDisposableStack) => Promise<Contender>;

/** Each with as many calls at once as are worth a try: of several the cheapest counts. */
const CONTENDERS: readonly Start[] = [
  fanfare("fanfare"),
  fanfare("node"),
  client("node:http2", 1),
  client("firebase-admin", 1),
  client("firebase-admin", 4),
  client("firebase-admin", 8),
  client("fcm-v1-http2", 1),
  client("@googleapis/fcm", 1),
];

/** All that there are on this machine. */
export function findContenders(): readonly Start[] {
  if (spawnSync("h2load", ["--version"]).status === 0) return [...CONTENDERS, client("h2load", 4)];
  console.error(
    "h2load is left out: it is not installed here (it comes with nghttp2, on Debian as nghttp2-client)",
  );
  return CONTENDERS;
}

const NAMES = { fanfare: "fanfare", node: "fanfare by node:http2" };

/** Fanfare's own sender, composed and started as it runs on one machine, with one of its drivers of HTTP/2. */
export function fanfare(driver: keyof typeof NAMES): Start {
  return (site, closing) => startFanfare(driver, site, closing);
}

async function startFanfare(
  driver: keyof typeof NAMES,
  { origin, environment, folder }: Site,
  closing: AsyncDisposableStack,
): Promise<Contender> {
  const data = join(folder, driver);
  mkdirSync(data);
  const settings = {
    FANFARE_DATA: data,
    FANFARE_FCM_HTTP2: driver,
    FANFARE_FCM_ENDPOINT: origin,
    FANFARE_FCM_PROJECT: PROJECT,
    // The governor is at work, but lets through more than one core can send, from the start of its ramp on.
    FANFARE_QUOTA_PER_MINUTE: "600000000",
  };
  const store = openStore(readDataSettings({ data }));
  closing.defer(() => store.close());
  const child = startPinned(CORES.client, SENDER, ["sender"], { ...environment, ...settings }, SMALL_HEAP);
  closing.defer(() => void child.kill());
  await nextMessage(child, "ready");
  let broadcasts = 0;
  return {
    ...describe(NAMES[driver], 1, child),
    async prepare(addresses) {
      const id = await planBroadcast(store, String(broadcasts++), addresses);
      return () => sendBroadcast(store, id);
    },
  };
}

/** Another sender, with so many of its calls under way at once. */
export function client(name: string, calls: number): Start {
  return async ({ origin, folder, environment }, closing) => {
    const child = startPinned(CORES.client, "client.ts", [name, origin, folder], environment);
    closing.defer(() => void child.kill());
    await nextMessage(child, "ready");
    return {
      ...describe(name, calls, child),
      async prepare(addresses) {
        const order: ClientOrder = { addresses, calls };
        return () => {
          child.send(order);
          return nextMessage<Tally & { type: string }>(child, "done");
        };
      },
    };
  };
}

function describe(name: string, calls: number, { pid }: ChildProcess): Omit<Contender, "prepare"> {
  if (pid === undefined) throw new Error(`${name} could not be started`);
  return { name, calls, pid, idleRssMb: usageOf(pid).rssMb };
}
