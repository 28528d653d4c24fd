import { noCredential } from "@fanfare/fcm-http2/credential";
import type { ResolverDeps } from "@fanfare/resolver/resolve-range";
import { startResolver } from "@fanfare/resolver/service";
import { flutterflowDefaults } from "@fanfare/scheduler/flutterflow/settings";
import { startScheduler } from "@fanfare/scheduler/service";
import { tick } from "@fanfare/scheduler/tick";
import { createGovernor } from "@fanfare/sender/governor";
import { startSender } from "@fanfare/sender/service";
import type { Broadcasts } from "@fanfare/shared/broadcasts";
import { certainClock } from "@fanfare/shared/clock";
import type { Documents } from "@fanfare/shared/documents";
import type { Lane } from "@fanfare/shared/domain/lane";
import { LONGEST_MS } from "@fanfare/shared/domain/phases";
import type { Health } from "@fanfare/shared/health";
import { createLog } from "@fanfare/shared/hosting/log";
import type { Service } from "@fanfare/shared/hosting/service";
import type { Intake } from "@fanfare/shared/intake";
import type { Ledger } from "@fanfare/shared/ledger";
import { CATCH_UP_MS, submit } from "@fanfare/shared/operations/submit";
import type { Registrations } from "@fanfare/shared/registrations";
import type { Senders } from "@fanfare/shared/senders";
import type { Fcm } from "./fcm.ts";
import type { Messages } from "./messages.ts";
import { inWorld } from "./ports.ts";
import type { Process, World } from "./world.ts";

export interface Stores {
  broadcasts: Broadcasts;
  ledger: Ledger;
  registrations: Registrations;
  health: Health;
  documents: Documents;
  intake: Intake;
  senders: Senders;
}

export const LEASE = { leaseMs: 30_000 };
const log = createLog("crash", "silent");

/** A running process, and what can be asked of it. */
export interface Running {
  process: Process;
  kind: "scheduler" | "resolver" | "sender";
  service: Service;
  tick(): Promise<void>;
  submit(request: unknown): Promise<string>;
}

/** Starts processes of a world: the real services, on ports whose every call is a step of the world. */
export function createProcesses(
  world: World,
  messages: Messages,
  fcm: Pick<Fcm, "transportOf">,
  stores: Stores,
  sizes: Pick<ResolverDeps, "rangeSize" | "limits">,
) {
  let started = 0;

  return function start(kind: Running["kind"]): Running {
    started += 1;
    const process: Process = { name: `${kind} ${started}`, alive: true };
    const base = {
      broadcasts: inWorld(world, process, stores.broadcasts),
      ledger: inWorld(world, process, stores.ledger),
      registrations: inWorld(world, process, stores.registrations),
      health: inWorld(world, process, stores.health),
      documents: inWorld(world, process, stores.documents),
      intake: inWorld(world, process, stores.intake),
      senders: inWorld(world, process, stores.senders),
      bus: messages.busOf(process),
      now: world.now,
      sync: async () => undefined,
      monotonic: world.now,
      steady: world.now,
      lease: LEASE,
      log,
    };
    const scheduler = {
      ...base,
      clock: certainClock,
      usersCollection: "users",
      catchUpMs: CATCH_UP_MS,
      longestMs: LONGEST_MS,
      stuckMs: 60_000,
      ...flutterflowDefaults,
      tickMs: null,
    };
    const startService = (): Service => {
      switch (kind) {
        case "scheduler":
          return startScheduler(scheduler);
        case "resolver":
          return startResolver({ ...base, ...sizes });
        case "sender":
          return startSender({ ...base, ...sending(world, fcm, process) });
      }
    };
    return {
      process,
      kind,
      service: startService(),
      tick: async () => void (await tick(scheduler)),
      submit: async (request) => (await submit(scheduler, request, "event")).id,
    };
  };
}

/** What only senders have. */
function sending(world: World, fcm: Pick<Fcm, "transportOf">, process: Process) {
  const after = (ms: number, then: () => void) => world.after(process, ms, then);
  return {
    credential: noCredential,
    transport: fcm.transportOf(process),
    endpoint: "https://fcm.test",
    governor: createGovernor(null, { now: world.now, after }),
    retry: { baseMs: 10_000, maxMs: 40_000, giveUpMs: 50_000 },
    budgetMs: 45_000,
    active: <T>(_lane: Lane, work: () => Promise<T>) => work(),
    random: () => 0.5,
    wait: (ms: number, signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => resolve(), { once: true });
        if (ms <= 0) resolve();
        else after(ms, resolve);
      }),
  };
}
