import type { FlutterFlowDocument } from "@fanfare/shared/documents";
import type { DocumentId } from "@fanfare/shared/domain/broadcast";
import type { Asked } from "@fanfare/shared/domain/flutterflow";
import { fingerprint } from "@fanfare/shared/domain/ids";
import { TerminalError } from "@fanfare/shared/errors";
import { refuseDocument } from "./answer-document.ts";
import type { FlutterFlowDeps, Mode } from "./deps.ts";

/** How long a batch waits for its next document. They are written within seconds; an outage may delay their events. */
export const BATCH_WAITS_MS = 3_600_000;

/**
 * Waits for all documents of a batch: they are one broadcast to everybody, which the first must not start, as its
 * writer may have been cut off and begin anew.
 * @returns all of them, by index; null while some are missing
 */
export async function joinBatch(
  deps: FlutterFlowDeps,
  document: FlutterFlowDocument,
  { content, audience, at }: Asked,
  { index, size }: NonNullable<Asked["batch"]>,
): Promise<DocumentId[] | null> {
  const { path, createdAt, fields } = document;
  // Another's document would take a place, and could then change or end the broadcast of all the others.
  const sender = typeof fields.sender === "string" ? fields.sender : undefined;
  // What is only checked is a batch apart, so that it is given up as what it is, wherever that is done.
  const print = `${deps.mode} ${fingerprint({ content, audience, at, sender })}`;
  const batch = await deps.intake.join({ print, index, size, document: { path, createdAt } });
  switch (batch.state) {
    case "waiting":
      return null;
    case "given-up":
      throw new TerminalError("BATCH_INCOMPLETE", tellMissing(batch.documents, batch.size));
    case "complete":
      return Array.from({ length: batch.size }, (_, at) => batch.documents[at]).filter(
        (one) => one !== undefined,
      );
  }
}

/** Answers the documents of batches that have waited too long: nothing of them was sent. */
export async function giveUpBatches(deps: FlutterFlowDeps): Promise<void> {
  for (const batch of await deps.intake.waiting(deps.now() - BATCH_WAITS_MS, 100)) {
    if ((await deps.intake.giveUp(batch.key)) === "complete") continue;
    const reason = tellMissing(batch.documents, batch.size);
    const mode: Mode = batch.print.startsWith("shadow ") ? "shadow" : "on";
    for (const { path, createdAt } of Object.values(batch.documents)) {
      const document = await deps.documents.get(path);
      if (document?.createdAt === createdAt) await refuseDocument({ ...deps, mode }, document, reason);
    }
    await deps.intake.close(batch.key);
  }
}

function tellMissing(documents: Record<number, DocumentId>, size: number): string {
  const there = Object.keys(documents).length;
  return `only ${there} of the ${size} documents of this batch were written, so nothing was sent`;
}
