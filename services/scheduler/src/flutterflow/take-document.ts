import type { FlutterFlowDocument } from "@fanfare/shared/documents";
import type { Broadcast, DocumentId } from "@fanfare/shared/domain/broadcast";
import {
  type DocumentRequest,
  describeProblems,
  isForLater,
  readDocument,
} from "@fanfare/shared/domain/flutterflow";
import { isAnswer } from "@fanfare/shared/domain/flutterflow-status";
import { InvalidInput, TerminalError } from "@fanfare/shared/errors";
import { describeFailure } from "@fanfare/shared/hosting/describe-failure";
import { seldomOf } from "@fanfare/shared/hosting/seldom";
import { submit } from "@fanfare/shared/operations/submit";
import { admitSender } from "./admit-sender.ts";
import { answerNobody, leaveOld, refuseDocument } from "./answer-document.ts";
import type { FlutterFlowDeps } from "./deps.ts";
import { dropDocument, firstOf } from "./drop-document.ts";
import { gatherBatch } from "./join-batch.ts";
import { broadcastIdOf, keyOf } from "./keys.ts";
import { isLetGo } from "./let-go.ts";
import { endIfLeft, lookAgain } from "./look-again.ts";
import { moveBroadcast } from "./move-broadcast.ts";
import { gatesFor, notKnown } from "./narrowed.ts";
import type { Taken } from "./taken.ts";
import { askedBy, isTooOld, whyLeft } from "./why-left.ts";

export interface TakeOptions {
  /** Takes one that is too old on purpose. What was scheduled for a time that has passed is sent now. */
  older?: boolean;
}

/**
 * Looks at a document and brings its broadcast in line with it: makes it, moves it, or ends it where the document is
 * gone or asks for it no more. What an event said is only a hint: what counts is the document as it is now, so that
 * events may come late, twice, or in any order.
 * @param known the document that an event told of; another may have its path by now
 */
export async function takeDocument(
  deps: FlutterFlowDeps,
  known: DocumentId,
  options: TakeOptions = {},
): Promise<Taken> {
  const document = await deps.documents.get(known.path);
  if (document?.createdAt !== known.createdAt) {
    await dropDocument(deps, known);
    return { kind: "gone" };
  }
  if (isAnswer(document.fields.status) && deps.mode === "shadow") await noteTheirs(deps, document);
  try {
    return await take(deps, document, options);
  } catch (error) {
    // Trying again would not help, and a document without an answer would wait for ever.
    if (!(error instanceof TerminalError)) throw error;
    const reason = error instanceof InvalidInput ? describeProblems(error.problems) : error.message;
    return refuseDocument(deps, document, reason);
  }
}

async function take(
  deps: FlutterFlowDeps,
  document: FlutterFlowDocument,
  { older = false }: TakeOptions,
): Promise<Taken> {
  const stored = await deps.broadcasts.get(broadcastIdOf(deps.mode, await firstOf(deps, document)));
  const broadcast = stored && !isLetGo(stored) ? stored : null;
  const ended = broadcast ? await follow(deps, document, broadcast) : await leave(deps, document, older);
  if (ended) return ended;
  const asked = readDocument(document.path, document.fields);
  if (asked.audience === null)
    return broadcast
      ? refuseDocument(deps, document, "user_refs lists nobody any more")
      : answerNobody(deps, document);
  const refusal = broadcast ? null : await admitSender(deps, document, asked);
  if (refusal !== null) return refuseDocument(deps, document, refusal);
  const isLate = older && !isForLater(document.fields, deps.now());
  return send(deps, document, isLate ? { ...asked, at: undefined } : asked);
}

/** What a document that was taken before says by now; null where its broadcast is scheduled, and may still change. */
async function follow(
  deps: FlutterFlowDeps,
  document: FlutterFlowDocument,
  broadcast: Broadcast,
): Promise<Taken | null> {
  const reason = await endIfLeft(deps, broadcast, document);
  if (reason !== null) return { kind: "left", reason };
  if (broadcast.phase === "scheduled") return null;
  // What is on its way does not change any more, whatever its document says.
  const isAnswered = deps.mode === "on" && isAnswer(document.fields.status);
  return isAnswered ? { kind: "answered" } : { kind: "sent", broadcast };
}

/** What is not to be taken at all; null for all else. */
async function leave(
  deps: FlutterFlowDeps,
  document: FlutterFlowDocument,
  older: boolean,
): Promise<Taken | null> {
  const why = whyLeft(deps, document);
  if (why !== null)
    return isAnswer(document.fields.status) ? { kind: "answered" } : { kind: "left", reason: `it ${why}` };
  return older || !isTooOld(document, deps.now()) ? null : leaveOld(deps, document);
}

/** Makes the broadcast of what a document asks for, or moves the one there is to what it says by now. */
async function send(
  deps: FlutterFlowDeps,
  document: FlutterFlowDocument,
  asked: DocumentRequest,
): Promise<Taken> {
  const gathered = asked.batch ? await gatherBatch(deps, document, asked, asked.batch) : [document];
  if (!Array.isArray(gathered)) return gathered;
  const { content, audience, at } = asked;
  const { narrowedBy, ignored } = notKnown(deps, document, asked);
  await noteIgnored(deps, document, ignored);
  const request = { ...keyOf(deps.mode, gathered[0] ?? document), content, audience, at };
  const origin = {
    documents: gathered.map(askedBy),
    writtenAt: document.updatedAt,
    narrowedBy,
    checkOnly: deps.mode === "shadow" || undefined,
  };
  const submitted = await submit(deps, request, "event", {
    ...origin,
    gates: gatesFor(narrowedBy, deps.now()),
  });
  const broadcast = await moveBroadcast(deps, submitted, request, origin);
  const looked = await lookAgain(deps, broadcast);
  return looked.kind === "wanted" ? { kind: "sent", broadcast } : looked;
}

/** For people to look at: trouble with it must not keep a document from being sent. */
async function noteIgnored(
  { intake, mode, log }: FlutterFlowDeps,
  document: FlutterFlowDocument,
  ignored: readonly string[],
): Promise<void> {
  if (ignored.length === 0) return;
  try {
    await intake.noteFields(ignored, document);
  } catch (error) {
    seldomOf(log)("warn", "fields", `unknown fields could not be noted: ${describeFailure(error)}`);
  }
  if (mode === "shadow") await intake.noteComparison(document, { ignored: [...ignored] });
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
