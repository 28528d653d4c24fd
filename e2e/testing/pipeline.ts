import { setTimeout as sleep } from "node:timers/promises";
import { noCredential } from "@fanfare/fcm-http2/credential";
import { createHttp2Transport } from "@fanfare/fcm-http2/http2-transport";
import { startResolver } from "@fanfare/resolver/service";
import type { Mode } from "@fanfare/scheduler/flutterflow/deps";
import { flutterflowDefaults } from "@fanfare/scheduler/flutterflow/settings";
import { takeDocument } from "@fanfare/scheduler/flutterflow/take-document";
import type { Taken } from "@fanfare/scheduler/flutterflow/taken";
import { startScheduler } from "@fanfare/scheduler/service";
import { createGovernor } from "@fanfare/sender/governor";
import { startSender } from "@fanfare/sender/service";
import { createSqliteBroadcasts } from "@fanfare/shared/broadcasts/sqlite";
import { createSqliteBus } from "@fanfare/shared/bus/sqlite";
import { certainClock } from "@fanfare/shared/clock";
import { createSqliteDocuments } from "@fanfare/shared/documents/sqlite";
import { type Broadcast, isFinished } from "@fanfare/shared/domain/broadcast";
import { LONGEST_MS } from "@fanfare/shared/domain/phases";
import type { WireRequest } from "@fanfare/shared/events/broadcast-requests";
import { createSqliteHealth } from "@fanfare/shared/health/sqlite";
import { createLog } from "@fanfare/shared/hosting/log";
import { createSqliteIntake } from "@fanfare/shared/intake/sqlite";
import { createSqliteLedger } from "@fanfare/shared/ledger/sqlite";
import { CATCH_UP_MS, submit } from "@fanfare/shared/operations/submit";
import type { Registrations } from "@fanfare/shared/registrations";
import { createSqliteRegistrations } from "@fanfare/shared/registrations/sqlite";
import { createSqliteSenders } from "@fanfare/shared/senders/sqlite";
import { createDataFile } from "@fanfare/shared/testing/data-file";
import { createSimulator, type FaultsPatch } from "@fanfare/simulator";
import { expect } from "vitest";

const LEASE_MS = 1_000;

export type Pipeline = Awaited<ReturnType<typeof startPipeline>>;

/**
 * Every service in this process, on one data file, toward a simulator of FCM. `now` is the services' clock; `wrap` may
 * make reading registrations take as long as a test likes.
 */
export async function startPipeline(
  faults: FaultsPatch = {},
  now: () => number = Date.now,
  wrap = (registrations: Registrations) => registrations,
) {
  const data = createDataFile();
  const simulator = await createSimulator({ seed: "pipeline", ...faults });
  const log = createLog("pipeline", "silent");
  const monotonic = () => performance.now();
  const lease = { leaseMs: LEASE_MS };
  const store = {
    registrations: wrap(createSqliteRegistrations(data.database, now)),
    broadcasts: createSqliteBroadcasts(data.database),
    ledger: createSqliteLedger(data.database, { ...lease, neverClaimedMs: 5_000 }),
    health: createSqliteHealth(data.database, undefined, now),
    documents: createSqliteDocuments(data.database, now),
    intake: createSqliteIntake(data.database, now),
    senders: createSqliteSenders(data.database),
    bus: createSqliteBus(data.database, { pollMs: 5, secondMs: 20 }),
    now,
    sync: async () => undefined,
    log,
  };
  const scheduler = {
    ...store,
    clock: certainClock,
    usersCollection: "users",
    catchUpMs: CATCH_UP_MS,
    longestMs: LONGEST_MS,
    stuckMs: 600_000,
    ...flutterflowDefaults,
    tickMs: 50,
  };
  const services = [
    startScheduler(scheduler),
    startResolver({ ...store, monotonic, lease, rangeSize: 700 }),
    startSender({
      ...store,
      credential: noCredential,
      transport: createHttp2Transport({ endpoint: simulator.url, project: "demo", credential: noCredential }),
      governor: createGovernor(null),
      endpoint: simulator.url,
      lease,
      retry: { baseMs: 50, maxMs: 400, giveUpMs: 60_000 },
      budgetMs: 30_000,
      active: (_lane, work) => work(),
      monotonic,
      steady: monotonic,
      random: Math.random,
      wait: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
    }),
  ];

  /** Resolves with the broadcast when it has finished and owes nothing any more. */
  async function finished(id: string): Promise<Broadcast> {
    const read = async () => {
      const broadcast = await store.broadcasts.get(id);
      return broadcast && isFinished(broadcast.phase) && broadcast.owes.length === 0 ? broadcast : null;
    };
    await expect.poll(read, { timeout: 90_000, interval: 20 }).not.toBeNull();
    return (await read()) as Broadcast;
  }

  return {
    ...store,
    simulator,
    finished,
    submit: (request: WireRequest) => submit(scheduler, request, "direct"),
    /** Takes one of FlutterFlow's documents that was written, in a mode. */
    take: async (path: string, mode: Mode): Promise<Taken> => {
      const document = await store.documents.get(path);
      if (!document) throw new Error(`there is no ${path}`);
      return takeDocument({ ...scheduler, mode }, document);
    },
    async close() {
      for (const service of services) await service.close();
      await store.bus.close();
      await data.close();
      await simulator.close();
    },
  };
}
