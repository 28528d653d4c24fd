import { type Notification, showsTwice, stackUp } from "../phone.ts";
import type { Delivery, Log } from "./log.ts";
import type { Templates } from "./templates.ts";

/** What stands on an address's phone, were it an Android phone and were it an iPhone. */
export type Phones = { android: Notification[]; ios: Notification[] };

/**
 * Finds the addresses whose person sees the same thing twice. An address is looked at again only when
 * something more reached it, and only when somebody asks: a question costs what changed since the last one.
 */
export function createDoubles(log: Log, templates: Templates) {
  const changedHeads = new Set<number>();
  const doubledHeads = new Set<number>();
  const doubledRecords = new Set<number>();

  function showPhones(deliveries: Delivery[]): Phones {
    const inOrder = deliveries
      .sort((a, b) => a.order - b.order)
      .map(({ template }) => templates.get(template));
    return {
      android: stackUp(inOrder.flatMap(({ android }) => android ?? [])),
      ios: stackUp(inOrder.flatMap(({ ios }) => ios ?? [])),
    };
  }

  function isDoubled(deliveries: Delivery[]): boolean {
    if (deliveries.length < 2) return false;
    const { android, ios } = showPhones(deliveries);
    return showsTwice(android) || showsTwice(ios);
  }

  function lookAgain(head: number): void {
    const everything: Delivery[] = [];
    for (const record of log.recordsOf(head)) {
      const deliveries = log.deliveriesOf(record);
      mark(doubledRecords, record, isDoubled(deliveries));
      everything.push(...deliveries);
    }
    mark(doubledHeads, head, isDoubled(everything));
  }

  return {
    /** Something more was accepted for the address with this head. */
    touch(head: number): void {
      changedHeads.add(head);
    },
    /** Addresses that see something twice: within one broadcast, or at all. */
    count(broadcast?: string): number {
      for (const head of changedHeads) lookAgain(head);
      changedHeads.clear();
      if (broadcast === undefined) return doubledHeads.size;
      let count = 0;
      for (const record of doubledRecords) if (log.broadcastOf(record) === broadcast) count++;
      return count;
    },
    /** The phones of one address, after everything that reached it. */
    phonesOf(address: string): Phones {
      const records = [...log.recordsOf(log.headOf(address))];
      return showPhones(records.flatMap((record) => log.deliveriesOf(record)));
    },
  };
}

function mark(set: Set<number>, member: number, belongs: boolean): void {
  if (belongs) set.add(member);
  else set.delete(member);
}
