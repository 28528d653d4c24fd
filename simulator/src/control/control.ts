import { changeFaults, type FaultsProblem } from "../behaviour/check-faults.ts";
import type { Faults, FaultsPatch } from "../behaviour/faults.ts";
import type { Sessions } from "../door/sessions.ts";
import { NO_TRAFFIC, type Traffic } from "../exchange.ts";
import type { Message } from "../phone.ts";
import type { Phones } from "../records/doubles.ts";
import type { LogLine } from "../records/log.ts";
import type { Totals } from "../records/records.ts";
import type { State } from "../send-message.ts";

/** Totals are of one broadcast if asked so; the rest is of the whole simulator, since the last reset. */
export type Stats = Totals & {
  /** Addresses whose person sees the same title, body and data twice, on Android or on iOS. */
  shownTwice: number;
  /** Requests read but not answered yet. */
  inFlight: number;
  /**
   * Send requests whose header fields have arrived, whether or not their body followed: what a client had begun to
   * send. `attempts` counts those that were read whole.
   */
  begun: number;
  /** Requests whose client went away before they were answered. */
  abandoned: number;
  /** Requests that a `drop` or `abort` fault left without an answer. */
  dropped: number;
  /** Requests that a `stall` or `stallBody` fault left hanging. */
  stalled: number;
  /** Requests of which HTTP/2 told the client that they were not processed, as they were not. */
  unprocessed: number;
  /** Dry runs (`validate_only`): in no other number but `byStatus`. */
  validated: number;
  /** The process's largest resident set so far. */
  peakRssMb: number;
  /** Processor time of the process so far, its own and the kernel's for it. */
  cpuSeconds: number;
  /** HTTP/2 connections open now. */
  sessions: number;
  /** The most streams that were open at once on one connection. */
  maxConcurrentStreamsSeen: number;
};

export type StoredMessage = { id: number; broadcast: string; message: Message; count: number };
export type FaultsAnswer = { kind: "changed"; faults: Faults } | ({ kind: "refused" } & FaultsProblem);

type Deps = {
  state: State;
  traffic: Traffic;
  sessions: Sessions;
  /** Tells connections of what has changed for them. */
  tell: (faults: Faults) => void;
  beginRecords: () => Omit<State, "seed" | "faults">;
};

/** What concerns connections that are open, or opening. */
const TOLD = ["maxConcurrentStreams", "initialWindowBytes", "connectMs"] as const;

/** What can be asked of a running simulator and done to it. A broadcast is named by its key; "" has none. */
export function createControl(deps: Deps) {
  const { state, traffic, sessions } = deps;

  return {
    stats(broadcast?: string): Stats {
      const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
      const totals = state.records.totals(broadcast);
      return {
        ...totals,
        byStatus: { ...totals.byStatus },
        shownTwice: state.records.shownTwice(broadcast),
        ...traffic,
        validated: state.validated,
        peakRssMb: Math.round(maxRSS / 1024),
        cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
        sessions: sessions.count(),
        maxConcurrentStreamsSeen: sessions.mostStreams(),
      };
    },
    /** One line a (broadcast, address), made as it is read. */
    log: (broadcast?: string): Iterable<LogLine> => state.records.lines(broadcast),
    messages(): StoredMessage[] {
      return state.records.templates
        .list()
        .map(({ id, broadcast, text, count }) => ({ id, broadcast, message: JSON.parse(text), count }));
    },
    phone: (address: string): Phones => state.records.phonesOf(address),
    faults: (): Faults => state.faults,
    /** Changes some faults, or none and says which field is wrong. */
    setFaults(patch: FaultsPatch): FaultsAnswer {
      const change = changeFaults(state.faults, patch);
      if (change.kind === "refused") return change;
      const before = state.faults;
      state.faults = change.faults;
      if (TOLD.some((name) => change.faults[name] !== before[name])) deps.tell(change.faults);
      return change;
    },
    /**
     * Asks every HTTP/2 client to reconnect; returns how many there were. In mid-flight, the later half of what
     * waits for an answer on each connection is not processed.
     */
    goaway: ({ midFlight = false }: { midFlight?: boolean } = {}): number =>
      midFlight ? sessions.sendAwayMidFlight() : sessions.sendAway(),
    /** Resets every HTTP/2 connection (TCP RST); returns how many there were. What is under way was taken. */
    abort: (): number => sessions.reset(),
    /** Forgets everything that was sent and how long tokens were used, begins a new quota window. Faults stay. */
    reset({ seed }: { seed?: string | number } = {}): void {
      if (seed !== undefined) state.seed = String(seed);
      Object.assign(state, deps.beginRecords());
      Object.assign(traffic, NO_TRAFFIC);
      sessions.forget();
    },
  };
}

export type Control = ReturnType<typeof createControl>;
