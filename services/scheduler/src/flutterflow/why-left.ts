import type { FlutterFlowDocument } from "@fanfare/shared/documents";
import type { AskedBy } from "@fanfare/shared/domain/broadcast";
import { APP_COLLECTION, isForLater } from "@fanfare/shared/domain/flutterflow";
import { isAnswer, isOpen } from "@fanfare/shared/domain/flutterflow-status";
import type { DocumentRules } from "./deps.ts";
import { shorten } from "./shorten.ts";

/** FlutterFlow's functions see a document when it is created, and never again. */
const OLD_MS = 24 * 3_600_000;
const STATUS_SHOWN = 100;

/**
 * Why a document is left as it is, neither sent nor written to: it does not ask to be sent, or it is an entry of an
 * inbox that an app keeps in the same collection. Said of "it"; null where it asks.
 */
export function whyLeft(
  { mode, openStatuses }: DocumentRules,
  { path, fields }: FlutterFlowDocument,
): string | null {
  const { status, user_refs: users } = fields;
  // Beside the functions that answer it, an answered document is still to be compared.
  const isTheirs = mode === "shadow" && isAnswer(status);
  if (!isTheirs && !isOpen(status, openStatuses)) {
    return `has the status ${shorten(JSON.stringify(status), STATUS_SHOWN)}`;
  }
  if (path.startsWith(`${APP_COLLECTION}/`) && (users === undefined || users === null))
    return "has no user_refs";
  return null;
}

/** Whether a document comes too late to be sent: an app that touches it now does not ask for it again. */
export function isTooOld({ createdAt, fields }: FlutterFlowDocument, now: number): boolean {
  return now - createdAt / 1_000 > OLD_MS && !isForLater(fields, now);
}

/** A document as its broadcast remembers it. */
export function askedBy({ path, createdAt, fields: { status } }: FlutterFlowDocument): AskedBy {
  return { path, createdAt, ...(typeof status === "string" && !isOpen(status) && { status }) };
}
