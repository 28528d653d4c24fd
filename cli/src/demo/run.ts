import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CATCH_UP_MS, submit } from "@fanfare/scheduler/submit";
import { type Books, sum } from "@fanfare/shared/domain/books";
import { type Broadcast, isFinished } from "@fanfare/shared/domain/broadcast";
import { DEAD_CODES } from "@fanfare/shared/domain/outcome";
import type { Platform } from "@fanfare/shared/domain/registration";
import { openEmbedded, type Store } from "@fanfare/shared/runtime/embedded";
import { peakRssMb } from "@fanfare/shared/runtime/process";
import { showProgress } from "../progress.ts";
import { readSettings } from "../store.ts";
import { type Kills, unleashChaos } from "./chaos.ts";
import { checkBooks, type Finding } from "./check-books.ts";
import { type Child, startService, startSimulator } from "./children.ts";
import { type FaultLevel, faultsOf } from "./faults.ts";
import { type DemoReport, judgeRun, printReport } from "./report.ts";
import { type Device, type Seeded, seedRegistrations } from "./seed.ts";
import { connectSimulator, type SimulatorClient } from "./simulator-client.ts";

export interface DemoOptions {
  registrations: number;
  seed: string;
  platform: Platform | undefined;
  chaos: boolean;
  faults: FaultLevel;
  quota: number | null;
  json: boolean;
  data?: string;
}

/** Everything that runs during a demo. */
interface Stage {
  store: Store;
  seeded: Seeded;
  simulator: SimulatorClient;
  children: Record<"scheduler" | "resolver" | "sender", Child>;
  /** Rejects when a child ends by itself: the run cannot go on then. */
  failure: Promise<never>;
}

const LOOK_EVERY_MS = 25;
/** A retry waits a second here: the simulator does not mind, and nobody watches a demo wait for ten. */
const RETRY_SECONDS = 1;
/** After a kill the chunks of the dead sender wait this long for the next one. */
const CHAOS_LEASE_SECONDS = 5;

/** Runs the demo. @returns whether all is well */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const data = options.data ?? (await mkdtemp(join(tmpdir(), "fanfare-demo-")));
  try {
    return await perform(options, data);
  } finally {
    if (options.data === undefined) await rm(data, { recursive: true, force: true });
  }
}

async function perform(options: DemoOptions, data: string): Promise<boolean> {
  const environment = environmentOf(options, data);
  const store = openEmbedded(readSettings({ data }));
  const closing: (() => Promise<void>)[] = [() => store.close()];
  try {
    const seeding = showProgress("seeding", options.registrations, "registrations");
    const seeded = await seedRegistrations(
      store.registrations.put,
      options.registrations,
      options.seed,
      seeding.update,
    );
    seeding.end();
    const process = await startSimulator(options.seed);
    closing.push(process.stop);
    const simulator = connectSimulator(process.url);
    await simulator.setFaults(faultsOf(options, audienceOf(seeded, options.platform)));
    const failure = Promise.withResolvers<never>();
    failure.promise.catch(() => undefined);
    const start = async (name: string) => {
      const child = await startService(
        name,
        { ...environment, FANFARE_FCM_ENDPOINT: process.url },
        failure.reject,
      );
      closing.push(child.stop);
      return child;
    };
    const children = {
      scheduler: await start("scheduler"),
      resolver: await start("resolver"),
      sender: await start("sender"),
    };
    return await broadcastAndCheck(options, { store, seeded, simulator, children, failure: failure.promise });
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

function environmentOf({ quota, chaos }: DemoOptions, data: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    FANFARE_DATA: data,
    FANFARE_FCM_PROJECT: "demo",
    FANFARE_RETRY_SECONDS: String(RETRY_SECONDS),
    FANFARE_QUOTA_PER_MINUTE: quota === null ? "none" : String(quota),
    ...(chaos && { FANFARE_LEASE_SECONDS: String(CHAOS_LEASE_SECONDS) }),
  };
}

async function broadcastAndCheck(options: DemoOptions, stage: Stage): Promise<boolean> {
  const { store, simulator } = stage;
  const startedAt = performance.now();
  const { id } = await submitBroadcast(options, store);
  const kills = await Promise.race([follow(options, stage, id), stage.failure]);
  const seconds = (performance.now() - startedAt) / 1000;
  const broadcast = await store.broadcasts.get(id);
  const books = broadcast?.books;
  if (!books) throw new Error(`${id} has no books`);
  const evidence = {
    ...stage,
    platform: options.platform,
    books,
    chunks: store.ledger.chunks(id),
    log: simulator.log(),
  };
  const finding = await checkBooks(evidence);
  const report = await makeReport(stage, broadcast, books, finding, kills, seconds);
  const verdict = judgeRun(report, {
    ...(await countPruning(stage, options.platform, books)),
    chaos: options.chaos,
    repeatsAllowed: options.chaos || options.faults === "all",
  });
  for (const difference of finding.differences) console.error(`does not balance: ${difference}`);
  if (options.json) console.log(JSON.stringify(report));
  else printReport(report, books, verdict);
  return verdict.ok;
}

async function submitBroadcast({ platform, seed }: DemoOptions, store: Store): Promise<Broadcast> {
  const request = {
    caller: "demo",
    idempotencyKey: `demo-${seed}-${Date.now()}`,
    content: { title: "Fanfare", text: "The books balance.", initialPage: "HomePage", sound: "default" },
    audience: platform ? { platforms: [platform] } : "all",
  };
  return submit(
    { ...store, now: Date.now, usersCollection: "users", catchUpMs: CATCH_UP_MS },
    request,
    "direct",
  );
}

function audienceOf({ devices }: Seeded, platform: Platform | undefined): Device[] {
  return devices
    .values()
    .filter((device) => !platform || device.platform === platform)
    .toArray();
}

/** Watches the broadcast until it has finished and pruned, with a progress bar and, if asked for, chaos. */
async function follow(
  { platform, chaos }: DemoOptions,
  { store, seeded, simulator, children }: Stage,
  id: string,
): Promise<Kills> {
  const audience = audienceOf(seeded, platform).length;
  const progress = showProgress("sending", audience, "registrations");
  const havoc = unleashChaos({ sender: children.sender, simulator, ledger: store.ledger, audience });
  for (;;) {
    const broadcast = await store.broadcasts.get(id);
    const { resolved, open } = await store.ledger.standing(id);
    progress.update(resolved - open);
    if (broadcast && isFinished(broadcast.phase) && broadcast.pruning.state !== "owed") break;
    if (broadcast?.gates.held) throw new Error(`the broadcast is held: ${broadcast.gates.held.reason}`);
    if (chaos) await havoc.look(id);
    await sleep(LOOK_EVERY_MS);
  }
  progress.end();
  return havoc.kills;
}

async function makeReport(
  stage: Stage,
  broadcast: Broadcast,
  books: Books,
  finding: Finding,
  kills: Kills,
  seconds: number,
): Promise<DemoReport> {
  const { accepted, addresses, repeats, shownTwice, peakRssMb: simulatorMb } = await stage.simulator.stats();
  const { resolved, rejected, expired, cancelled, unknown, open, possibleRepeats } = books;
  const services = Object.entries(stage.children).map(([name, child]) => [name, child.peakRssMb()]);
  return {
    broadcastId: broadcast.id,
    state: broadcast.phase,
    resolved,
    accepted: books.accepted,
    rejected,
    expired,
    cancelled,
    unknown,
    open,
    pruned: await stage.store.registrations.countPruned(broadcast.id),
    possibleRepeats,
    balanced: finding.balanced,
    killsInFlight: kills.inFlight,
    repeatsBound: kills.leasedMembers + finding.retriedUnsure,
    simulator: { accepted, addresses, repeats, shownTwice },
    seconds: Number(seconds.toFixed(2)),
    perSecond: Math.round(resolved / seconds),
    peakRssMb: { ...Object.fromEntries(services), simulator: simulatorMb, demo: peakRssMb() },
  };
}

/** What should have been pruned by what was seeded, and what of it is still there. */
async function countPruning({ store, seeded }: Stage, platform: Platform | undefined, books: Books) {
  const dead = new Set(
    audienceOf(seeded, platform).filter(({ nature }) => nature === "dead" || nature === "malformed"),
  );
  let deadLeft = 0;
  for await (const batch of store.registrations.read({ after: "", upTo: null }, undefined)) {
    for (const { address } of batch) {
      const device = address === null ? undefined : seeded.devices.get(address);
      if (device && dead.has(device)) deadLeft += 1;
    }
  }
  const called = sum(
    Object.fromEntries(Object.entries(books.rejected).filter(([code]) => DEAD_CODES.has(code))),
  );
  const documents = dead.values().reduce((total, device) => total + device.documents, 0);
  return { expectedPruned: documents, deadLeft: deadLeft + Math.abs(dead.size - called) };
}
