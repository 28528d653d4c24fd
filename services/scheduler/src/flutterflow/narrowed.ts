import type { FlutterFlowDocument } from "@fanfare/shared/documents";
import type { Broadcast, Gates } from "@fanfare/shared/domain/broadcast";
import type { DocumentRequest } from "@fanfare/shared/domain/flutterflow";
import { unknownFields } from "@fanfare/shared/domain/flutterflow-fields";
import type { FlutterFlowDeps } from "./deps.ts";
import { shorten } from "./shorten.ts";

const BY = "flutterflow";
const SHOWN = 100;

/** What a document says that Fanfare does not know: for whom it waits, and what changes nothing. */
export interface NotKnown {
  /** Fields with their values, for a person, where the broadcast must wait for one. */
  narrowedBy?: string;
  /** Names. */
  ignored: string[];
}

/** Fields of a document that are not understood. They matter where it is not sent to listed users alone. */
export function notKnown(
  { mode, ignoredFields }: FlutterFlowDeps,
  { fields }: FlutterFlowDocument,
  { audience }: DocumentRequest,
): NotKnown {
  const { narrowing, others } = unknownFields(fields, ignoredFields);
  const isListed = typeof audience === "object" && audience?.users !== undefined;
  // What is only checked reaches no phone, and a pause would leave it without a comparison.
  if (narrowing.length === 0 || isListed || mode === "shadow") return { ignored: [...others, ...narrowing] };
  const shown = narrowing.map(
    (name) => `${shorten(name, SHOWN)} (${shorten(JSON.stringify(fields[name]), SHOWN)})`,
  );
  return { narrowedBy: shown.join(", "), ignored: others };
}

/** The gates of a broadcast that was just asked for: closed until a person has looked where something narrows it. */
export function gatesFor(narrowedBy: string | undefined, at: number): Gates {
  if (narrowedBy === undefined) return {};
  const reason = `its document has ${narrowedBy}, which may narrow the audience and is not known here: resume it to send to all of target_audience (FANFARE_IGNORED_FIELDS names fields that do not matter)`;
  return { paused: { by: BY, at, reason } };
}

/** The gates of a scheduled broadcast whose document has changed. What a person has let pass stays open. */
export function gatesAfter(current: Broadcast, narrowedBy: string | undefined, at: number): Gates {
  const { gates } = current;
  if (narrowedBy === current.narrowedBy) return gates;
  if (narrowedBy !== undefined) return { ...gates, ...gatesFor(narrowedBy, at) };
  return gates.paused?.by === BY ? { ...gates, paused: undefined } : gates;
}
