import { changeFaults, type FaultsProblem } from "../behaviour/check-faults.ts";
import type { Faults, FaultsPatch } from "../behaviour/faults.ts";
import type { Quota } from "../behaviour/quota.ts";
import type { Sessions } from "../door/sessions.ts";
import type { Traffic } from "../exchange.ts";
import type { Message } from "../phone.ts";
import type { Phones } from "../records/doubles.ts";
import type { LogLine } from "../records/log.ts";
import { createRecords, type Totals } from "../records/records.ts";
import type { State } from "../send-message.ts";

/** Totals are of one broadcast if asked so; the rest is of the whole simulator, since the last reset. */
export type Stats = Totals & {
  /** Addresses whose person sees the same title, body and data twice, on Android or on iOS. */
  shownTwice: number;
  /** Requests read but not answered yet. */
  inFlight: number;
  /** Requests whose client went away before they were answered. */
  abandoned: number;
  /** Requests that a `drop` fault left without an answer. */
  dropped: number;
  /** Dry runs (`validate_only`): in no other number but `byStatus`. */
  validated: number;
  /** The process's largest resident set so far. */
  peakRssMb: number;
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
  createQuota: () => Quota;
};

/** What can be asked of a running simulator and done to it. A broadcast is named by its key; "" has none. */
export function createControl({ state, traffic, sessions, createQuota }: Deps) {
  return {
    stats(broadcast?: string): Stats {
      const totals = state.records.totals(broadcast);
      return {
        ...totals,
        byStatus: { ...totals.byStatus },
        shownTwice: state.records.shownTwice(broadcast),
        inFlight: traffic.inFlight,
        abandoned: traffic.abandoned,
        dropped: traffic.dropped,
        validated: state.validated,
        peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
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
      if (change.kind === "changed") state.faults = change.faults;
      return change;
    },
    /** Asks every HTTP/2 client to reconnect; returns how many there were. */
    goaway: (): number => sessions.sendAway(),
    /** Forgets everything that was sent and begins a new quota window. Faults stay as they are. */
    reset({ seed }: { seed?: string | number } = {}): void {
      if (seed !== undefined) state.seed = String(seed);
      state.records = createRecords();
      state.quota = createQuota();
      state.validated = 0;
      traffic.abandoned = 0;
      traffic.dropped = 0;
      sessions.forget();
    },
  };
}

export type Control = ReturnType<typeof createControl>;
