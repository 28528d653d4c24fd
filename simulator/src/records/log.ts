import type { TargetKind } from "../message/read-request.ts";
import { createColumns } from "./columns.ts";

/** How an attempt ended, besides an HTTP status. */
export const OPEN = 0;
export const DROPPED = 1;
export const GONE = 2;
export const STALLED = 3;
export const UNPROCESSED = 4;
const ENDINGS = ["open", "dropped", "gone", "stalled", "unprocessed"];

/** What became of one address in one broadcast. */
export type LogLine = {
  broadcast: string;
  address: string;
  kind: TargetKind;
  attempts: number;
  accepted: number;
  /**
   * One an attempt: a status, `dropped` (by a fault), `stalled` (left hanging by one), `unprocessed` (HTTP/2 told the
   * client so), `gone` (the client left) or `open` (not answered yet).
   */
  answers: string[];
  /** The attempts' places among all that the simulator took in. */
  order: number[];
  /** The last attempt's message; 0 if it was refused. */
  template: number;
};

export type Delivery = { order: number; record: number; template: number };

const ACCEPTED = 1 << 10;
const CODE = ACCEPTED - 1;

/**
 * Who was sent what, in order: one record for each (broadcast, address), one event for each attempt. Numbers
 * in columns, 44 bytes for both besides the address's own text, as a run may have a million.
 */
export function createLog() {
  const heads = new Map<string, number>();
  const broadcasts: string[] = [];
  const broadcastIds = new Map<string, number>();
  const records = createColumns("broadcast", "isFid", "next", "last", "attempts", "tries", "accepted");
  const events = createColumns("record", "previous", "template", "state");

  function broadcastIdOf(broadcast: string): number {
    const known = broadcastIds.get(broadcast);
    if (known !== undefined) return known;
    broadcastIds.set(broadcast, broadcasts.length);
    return broadcasts.push(broadcast) - 1;
  }

  function* recordsOf(head: number): Iterable<number> {
    for (let record = head; record !== 0; record = records.get("next", record)) yield record;
  }

  function eventsOf(record: number): number[] {
    const newestFirst: number[] = [];
    for (let e = records.get("last", record); e !== 0; e = events.get("previous", e)) newestFirst.push(e);
    return newestFirst.reverse();
  }

  function readLine(address: string, record: number): LogLine {
    const order = eventsOf(record);
    return {
      broadcast: broadcasts[records.get("broadcast", record)] ?? "",
      address,
      kind: records.get("isFid", record) === 1 ? "fid" : "token",
      attempts: records.get("attempts", record),
      accepted: records.get("accepted", record),
      answers: order.map((event) => nameCode(events.get("state", event) & CODE)),
      order,
      template: events.get("template", records.get("last", record)),
    };
  }

  return {
    /** The record of an address in a broadcast, new if need be. An address's first record is its head. */
    open(broadcast: string, target: TargetKind, address: string): number {
      const id = broadcastIdOf(broadcast);
      const head = heads.get(address) ?? 0;
      let last = 0;
      for (let record = head; record !== 0; record = records.get("next", record)) {
        if (records.get("broadcast", record) === id) return record;
        last = record;
      }
      const record = records.add();
      records.set("broadcast", record, id);
      records.set("isFid", record, target === "fid" ? 1 : 0);
      if (last === 0) heads.set(address, record);
      else records.set("next", last, record);
      return record;
    },
    /** Counts an attempt from which faults are drawn, from 1. One over quota is none: it depends on others. */
    nextTry: (record: number) => records.increment("tries", record),
    /** Writes down an attempt and returns its place in the order of all. */
    append(record: number, template: number): number {
      const event = events.add();
      events.set("record", event, record);
      events.set("previous", event, records.get("last", record));
      events.set("template", event, template);
      records.set("last", record, event);
      records.increment("attempts", record);
      return event;
    },
    /** Returns how often the record has been accepted now. */
    accept(event: number): number {
      events.set("state", event, events.get("state", event) | ACCEPTED);
      return records.increment("accepted", events.get("record", event));
    },
    /** Writes down how an attempt ended: a status or one of the endings. */
    settle(event: number, code: number): void {
      events.set("state", event, (events.get("state", event) & ACCEPTED) | code);
    },
    headOf: (address: string) => heads.get(address) ?? 0,
    recordsOf,
    acceptedOf: (record: number) => records.get("accepted", record),
    broadcastOf: (record: number) => broadcasts[records.get("broadcast", record)] ?? "",
    /** What reached a record's phone. */
    deliveriesOf(record: number): Delivery[] {
      return eventsOf(record)
        .filter((event) => events.get("state", event) & ACCEPTED)
        .map((event) => ({ order: event, record, template: events.get("template", event) }));
    },
    /** One line a record, of one broadcast or all, addresses in the order of first sight. Read as it is asked for. */
    *lines(broadcast?: string): Generator<LogLine> {
      for (const [address, head] of heads) {
        for (const record of recordsOf(head)) {
          const line = readLine(address, record);
          if (broadcast === undefined || line.broadcast === broadcast) yield line;
        }
      }
    },
  };
}

export type Log = ReturnType<typeof createLog>;

function nameCode(code: number): string {
  return ENDINGS[code] ?? String(code);
}
