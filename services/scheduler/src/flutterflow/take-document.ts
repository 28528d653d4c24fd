import type { FlutterFlowDocument } from "@fanfare/shared/documents";
import { isAnswered } from "@fanfare/shared/documents";
import type { Broadcast, DocumentId } from "@fanfare/shared/domain/broadcast";
import { type Asked, describeProblems, readDocument } from "@fanfare/shared/domain/flutterflow";
import { InvalidInput, TerminalError } from "@fanfare/shared/errors";
import { forEach } from "@fanfare/shared/runtime/for-each";
import { submit } from "../submit.ts";
import { admitSender } from "./admit-sender.ts";
import { answerNobody, refuseDocument } from "./answer-document.ts";
import type { FlutterFlowDeps } from "./deps.ts";
import { dropDocument, firstOf } from "./drop-document.ts";
import { joinBatch } from "./join-batch.ts";
import { broadcastIdOf, keyOf } from "./keys.ts";
import { isHandedBack, moveBroadcast } from "./move-broadcast.ts";

/** Documents of one batch that are looked at again at once. */
const LOOKS_AT_ONCE = 16;

/** What became of a document when it was looked at. */
export type Taken =
  | { kind: "sent"; broadcast: Broadcast }
  /** Its batch lacks others. */
  | { kind: "waiting" }
  | { kind: "refused"; reason: string }
  | { kind: "nobody" }
  /** It has an answer, from us or from the functions that FlutterFlow generates. */
  | { kind: "answered" }
  | { kind: "gone" };

/**
 * Looks at a document and brings its broadcast in line with it: makes it, moves it, or ends it where the document is
 * gone. What an event said is only a hint: what counts is the document as it is now, so that events may come late,
 * twice, or in any order.
 * @param known the document that an event told of; another may have its path by now
 */
export async function takeDocument(deps: FlutterFlowDeps, known: DocumentId): Promise<Taken> {
  const document = await deps.documents.get(known.path);
  if (document?.createdAt !== known.createdAt) {
    await dropDocument(deps, known);
    return { kind: "gone" };
  }
  if (isAnswered(document.fields)) {
    if (deps.mode === "on") return { kind: "answered" };
    await noteTheirs(deps, document);
  }
  try {
    return await take(deps, document);
  } catch (error) {
    // Trying again would not help, and a document without an answer would wait for ever.
    if (!(error instanceof TerminalError)) throw error;
    const reason = error instanceof InvalidInput ? describeProblems(error.problems) : error.message;
    return refuseDocument(deps, document, reason);
  }
}

async function take(deps: FlutterFlowDeps, document: FlutterFlowDocument): Promise<Taken> {
  const known = await deps.broadcasts.get(broadcastIdOf(deps.mode, await firstOf(deps, document)));
  // What is on its way does not change any more, whatever its document says by now.
  if (known && known.phase !== "scheduled" && !isHandedBack(known)) return { kind: "sent", broadcast: known };
  const asked = readDocument(document.path, document.fields);
  if (asked.audience === null)
    return known
      ? refuseDocument(deps, document, "user_refs lists nobody any more")
      : answerNobody(deps, document);
  const refusal = known ? null : await admitSender(deps, document, asked);
  if (refusal !== null) return refuseDocument(deps, document, refusal);
  const documents = asked.batch ? await joinBatch(deps, document, asked, asked.batch) : [document];
  if (documents === null) return { kind: "waiting" };
  const broadcast = await submitDocument(deps, document, asked, documents);
  return lookAgain(deps, documents, broadcast);
}

/** Makes the broadcast, or moves the one there is to what the document says by now. */
async function submitDocument(
  deps: FlutterFlowDeps,
  document: FlutterFlowDocument,
  asked: Asked,
  documents: readonly DocumentId[],
): Promise<Broadcast> {
  const { content, audience, at } = asked;
  const [first = document] = documents;
  const request = { ...keyOf(deps.mode, first), content, audience, at };
  const origin = {
    documents: documents.map(({ path, createdAt }) => ({ path, createdAt })),
    writtenAt: document.updatedAt,
    checkOnly: deps.mode === "shadow" || undefined,
  };
  const broadcast = await submit(deps, request, "event", origin);
  return moveBroadcast(deps, broadcast, request, origin);
}

/** One that was deleted before its broadcast was stored found nothing to end: whoever stored it looks once more. */
async function lookAgain(
  deps: FlutterFlowDeps,
  documents: readonly DocumentId[],
  broadcast: Broadcast,
): Promise<Taken> {
  let gone: DocumentId | undefined;
  await forEach(documents, LOOKS_AT_ONCE, async (document) => {
    const now = await deps.documents.get(document.path);
    if (now?.createdAt !== document.createdAt) gone = document;
  });
  if (!gone) return { kind: "sent", broadcast };
  await dropDocument(deps, gone);
  return { kind: "gone" };
}

async function noteTheirs({ intake }: FlutterFlowDeps, document: FlutterFlowDocument): Promise<void> {
  const { status, num_sent: numSent, error } = document.fields;
  await intake.noteComparison(document, {
    theirs: {
      status: String(status),
      ...(typeof numSent === "number" && { numSent }),
      ...(typeof error === "string" && { error }),
    },
  });
}
