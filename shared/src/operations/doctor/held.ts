import { type Broadcast, type Gate, isAcceptable } from "../../domain/broadcast.ts";
import { type Finding, sinceAndWhy } from "./finding.ts";

export type Held = Pick<Broadcast, "id"> & { gate: Gate };

/** How many of the broadcasts that one fault holds are named. */
const NAMED = 3;

/** One finding for each fault, however many broadcasts it holds: a revoked credential holds all that are sent. */
export function describeHeld(all: readonly Held[]): Finding[] {
  const faults = Map.groupBy(all, ({ gate: { by, reason, doubts } }) => JSON.stringify([by, reason, doubts]));
  return [...faults.values()].flatMap(([first, ...others]) => {
    if (!first) return [];
    return others.length === 0 ? describeOne(first) : describeSome(first, others);
  });
}

function describeOne({ id, gate }: Held): Finding {
  const message = `is held ${sinceAndWhy(gate)}`;
  return {
    check: "held",
    ok: false,
    about: id,
    message,
    doThis: `mend the cause, then ${whatToDo(id, gate)}`,
  };
}

function describeSome(first: Held, others: readonly Held[]): Finding {
  const all = [first, ...others];
  const at = Math.min(...all.map(({ gate }) => gate.at));
  const ids = all.slice(0, NAMED).map(({ id }) => id);
  const more = all.length > NAMED ? `, and ${all.length - NAMED} more in fanfare list --state running` : "";
  const since = sinceAndWhy({ ...first.gate, at });
  const message = `${all.length} broadcasts are held ${since} (${ids.join(", ")}${more})`;
  return {
    check: "held",
    ok: false,
    message,
    doThis: `mend the cause, then for each ${whatToDo("<id>", first.gate)}`,
  };
}

function whatToDo(id: string, gate: Gate): string {
  const resume = `fanfare resume ${id} --held`;
  const accept = `${resume} --accept-refusals, which rejects the devices that FCM refuses and sends to the rest`;
  return [resume, ...(isAcceptable(gate) ? [accept] : []), `fanfare cancel ${id}`].join("; or ");
}
