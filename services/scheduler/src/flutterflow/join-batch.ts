import type { FlutterFlowDocument } from "@fanfare/shared/documents";
import type { DocumentId } from "@fanfare/shared/domain/broadcast";
import type { DocumentRequest } from "@fanfare/shared/domain/flutterflow";
import { fingerprint } from "@fanfare/shared/domain/ids";
import { TerminalError } from "@fanfare/shared/errors";
import { forEach } from "@fanfare/shared/for-each";
import { refuseDocument } from "./answer-document.ts";
import type { FlutterFlowDeps, Mode } from "./deps.ts";
import { GONE, tellOf } from "./look-again.ts";
import { notKnown } from "./narrowed.ts";
import type { Taken } from "./taken.ts";
import { whyLeft } from "./why-left.ts";

/** Documents of one batch that are read at once. */
const READ_AT_ONCE = 16;

/** How long a batch waits for its next document. They are written within seconds; an outage may delay their events. */
export const BATCH_WAITS_MS = 3_600_000;

type Part = NonNullable<DocumentRequest["batch"]>;

/**
 * All documents of a batch, by index, as they are now. Where one of them is gone or does not ask to be sent by now, the
 * others are refused before anything of the batch is sent.
 */
export async function gatherBatch(
  deps: FlutterFlowDeps,
  document: FlutterFlowDocument,
  asked: DocumentRequest,
  part: Part,
): Promise<FlutterFlowDocument[] | Taken> {
  const members = await joinBatch(deps, document, asked, part);
  if (members === null) return { kind: "waiting" };
  const gathered: FlutterFlowDocument[] = [];
  let reason: string | null = null;
  await forEach(members.entries(), READ_AT_ONCE, async ([index, member]) => {
    const now = await readMember(deps, member);
    if (now) gathered[index] = now;
    const why = now ? whyLeft(deps, now) : GONE;
    if (why !== null) reason = tellOf(member.path, why);
  });
  if (reason === null) return gathered;
  await refuseAll(deps, members, reason);
  return { kind: "refused", reason };
}

/**
 * Waits for all documents of a batch: they are one broadcast to everybody, which the first must not start, as its
 * writer may have been cut off and begin again.
 * @returns all of them, by index; null while some are missing
 */
async function joinBatch(
  deps: FlutterFlowDeps,
  document: FlutterFlowDocument,
  asked: DocumentRequest,
  { index, size }: Part,
): Promise<DocumentId[] | null> {
  const { path, createdAt, fields } = document;
  const { content, audience, at } = asked;
  const { narrowedBy } = notKnown(deps, document, asked);
  // Another's document would take a place, and could then change or end the broadcast of all the others.
  const sender = typeof fields.sender === "string" ? fields.sender : undefined;
  // What is only checked is a batch apart, so that it is given up as what it is, wherever that is done.
  const print = `${deps.mode} ${fingerprint({ content, audience, at, sender, narrowedBy })}`;
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
    await refuseAll({ ...deps, mode }, Object.values(batch.documents), reason);
    await deps.intake.close(batch.key);
  }
}

/** Answers those that are still there and ask to be sent. */
async function refuseAll(
  deps: FlutterFlowDeps,
  members: readonly DocumentId[],
  reason: string,
): Promise<void> {
  for (const member of members) {
    const document = await readMember(deps, member);
    if (document && whyLeft(deps, document) === null) await refuseDocument(deps, document, reason);
  }
}

async function readMember(
  { documents }: FlutterFlowDeps,
  { path, createdAt }: DocumentId,
): Promise<FlutterFlowDocument | null> {
  const document = await documents.get(path);
  return document?.createdAt === createdAt ? document : null;
}

function tellMissing(documents: Record<number, DocumentId>, size: number): string {
  const there = Object.keys(documents).length;
  return `only ${there} of the ${size} documents of this batch were written, so nothing was sent`;
}
