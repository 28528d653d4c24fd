import { readIsoTime } from "../domain/iso-time.ts";

/** Fields that FlutterFlow writes as times. */
const TIMES: ReadonlySet<string> = new Set(["scheduled_time", "timestamp"]);
/** The field in which it writes a reference to the user document that asks. */
const SENDER = "sender";

const DOCUMENT_PATH = /^\/?([^/]+\/[^/]+(?:\/[^/]+\/[^/]+)*)$/;

/** What a store has types of its own for. */
export interface Types {
  /** @param time ms since 1970 */
  time(time: number): unknown;
  /** @param path of a document, without a slash before it */
  reference(path: string): unknown;
}

/** Fields as FlutterFlow writes them, from plain JSON. What is no time or path stays as it is, where one is due too. */
export function typed(fields: Record<string, unknown>, { time, reference }: Types): Record<string, unknown> {
  const entries = Object.entries(fields).map(([name, value]) => {
    const at = TIMES.has(name) ? timeOf(value) : null;
    const path = name === SENDER ? pathOf(value) : null;
    return [name, at !== null ? time(at) : path !== null ? reference(path) : value];
  });
  return Object.fromEntries(entries);
}

function timeOf(value: unknown): number | null {
  const read = typeof value === "string" ? readIsoTime(value) : null;
  return read?.kind === "time" ? read.ms : null;
}

function pathOf(value: unknown): string | null {
  return (typeof value === "string" && DOCUMENT_PATH.exec(value)?.[1]) || null;
}
