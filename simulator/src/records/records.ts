import { createReadRequest, type SendRequest } from "../message/read-request.ts";
import { createDoubles } from "./doubles.ts";
import { createLog } from "./log.ts";
import { createTemplates } from "./templates.ts";

/** Sums over one broadcast, or over all. */
export type Totals = {
  /** Sends that were accepted, whatever the sender was told. */
  accepted: number;
  /** Different addresses among them. */
  addresses: number;
  /** Accepted sends beyond the first of their broadcast and address. */
  repeats: number;
  attempts: number;
  /** Answers by status. */
  byStatus: Record<string, number>;
};

/** Everything the simulator remembers. A reset starts new records; what is still open settles in the old. */
export function createRecords() {
  const templates = createTemplates();
  const log = createLog();
  const doubles = createDoubles(log, templates);
  const overall = noTotals();
  const byBroadcast = new Map<string, Totals>();

  function totalsOf(broadcast: string): Totals {
    const known = byBroadcast.get(broadcast);
    if (known) return known;
    const totals = noTotals();
    byBroadcast.set(broadcast, totals);
    return totals;
  }

  return {
    templates,
    readRequest: createReadRequest(templates),
    /** The record of an addressed request. */
    open({ broadcast, target, address }: SendRequest & { kind: "addressed" }): number {
      return log.open(broadcast, target, address);
    },
    nextTry: log.nextTry,
    /** Writes down an attempt; returns its place in the order of all. */
    append({ broadcast, templateId }: SendRequest & { kind: "addressed" }, record: number): number {
      overall.attempts++;
      totalsOf(broadcast).attempts++;
      if (templateId !== 0) templates.get(templateId).count++;
      return log.append(record, templateId);
    },
    /** The message of this attempt reached the phone. */
    accept({ broadcast, address }: SendRequest & { kind: "addressed" }, event: number): void {
      const totals = totalsOf(broadcast);
      const isFirst = log.accept(event) === 1;
      totals.accepted++;
      overall.accepted++;
      if (isFirst) totals.addresses++;
      else {
        totals.repeats++;
        overall.repeats++;
      }
      const head = log.headOf(address);
      let acceptedAtAll = 0;
      for (const record of log.recordsOf(head)) acceptedAtAll += log.acceptedOf(record);
      if (acceptedAtAll === 1) overall.addresses++;
      else doubles.touch(head);
    },
    /** Writes down how an attempt ended; event 0 stands for a request that is in no log. */
    settle(broadcast: string | undefined, event: number, code: number): void {
      if (event !== 0) log.settle(event, code);
      // Below 100 are endings without an answer.
      if (code < 100) return;
      overall.byStatus[code] = (overall.byStatus[code] ?? 0) + 1;
      if (broadcast === undefined) return;
      const { byStatus } = totalsOf(broadcast);
      byStatus[code] = (byStatus[code] ?? 0) + 1;
    },
    totals: (broadcast?: string): Totals =>
      broadcast === undefined ? overall : (byBroadcast.get(broadcast) ?? noTotals()),
    shownTwice: doubles.count,
    phonesOf: doubles.phonesOf,
    lines: log.lines,
  };
}

export type Records = ReturnType<typeof createRecords>;

function noTotals(): Totals {
  return { accepted: 0, addresses: 0, repeats: 0, attempts: 0, byStatus: {} };
}
