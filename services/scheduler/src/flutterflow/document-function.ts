import { APP_COLLECTION, CONSOLE_COLLECTION } from "@fanfare/shared/domain/flutterflow";
import { InvalidInput, TerminalError } from "@fanfare/shared/errors";
import { describeFailure } from "@fanfare/shared/hosting/describe-failure";
import { type DocumentEvent, readDocumentEvent } from "@fanfare/shared/hosting/document-event";
import { EVENT_TYPES, MAX_BODY } from "@fanfare/shared/hosting/door";
import type { FunctionRequest } from "@fanfare/shared/hosting/http-functions";
import { seldomOf } from "@fanfare/shared/hosting/seldom";
import type { FlutterFlowDeps } from "./deps.ts";
import { takeDocument } from "./take-document.ts";

/** What the function reads: a document's event. */
export const TAKES_DOCUMENTS = { maxBytes: MAX_BODY.document, types: EVENT_TYPES };

/**
 * Handles one event of a document, and gives the HTTP status for it: 204 for what is done or can never be, 503 for
 * what is to come again, 400 for what is not such an event.
 */
export async function handleDocumentEvent(
  deps: FlutterFlowDeps,
  request: Pick<FunctionRequest, "headers" | "rawBody">,
): Promise<number> {
  let event: DocumentEvent;
  try {
    event = readDocumentEvent(request.headers, request.rawBody);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    seldomOf(deps.log)("warn", "not an event", "a request was not an event of a document");
    return 400;
  }
  const [collection = "", ...rest] = event.path.split("/");
  if (rest.length !== 1 || ![APP_COLLECTION, CONSOLE_COLLECTION].includes(collection)) {
    seldomOf(deps.log)(
      "error",
      "another collection",
      `a trigger is not of ${APP_COLLECTION} or ${CONSOLE_COLLECTION}`,
    );
    return 400;
  }
  try {
    await takeDocument(deps, event);
    return 204;
  } catch (error) {
    if (error instanceof TerminalError) {
      // Not even its answer could be written, and no other try would change that.
      deps.log.error({ document: event.path, error: describeFailure(error) }, "document can never be taken");
      return 204;
    }
    deps.log.warn(
      { document: event.path, error: describeFailure(error) },
      "document could not be taken and will come again",
    );
    return 503;
  }
}
