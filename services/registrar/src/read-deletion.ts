import { normalizeUserRefs } from "@fanfare/shared/domain/user-refs";
import { InvalidInput } from "@fanfare/shared/errors";
import { parseInput } from "@fanfare/shared/events/event";
import { readDocumentEvent } from "@fanfare/shared/hosting/document-event";
import type { FunctionRequest } from "@fanfare/shared/hosting/http-functions";
import { z } from "zod";

const DOCUMENT = /^google\.cloud\.firestore\.document\./;
const ACCOUNT = "google.firebase.auth.user.v1.deleted";
const LEGACY_ACCOUNT = "providers/firebase.auth/eventTypes/user.delete";

const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const account = z.object({ uid: z.string() });

/** A CloudEvent whose headers hold all but its data. */
const binary = z.object({ type: z.literal(ACCOUNT), time: time.optional(), data: account });
const structured = z.object({ specversion: z.string(), ...binary.shape });
/** As functions of the first generation are told. */
const legacy = z.object({
  data: account,
  context: z.object({ eventType: z.literal(LEGACY_ACCOUNT), timestamp: time.optional() }),
});

/** A user who is gone: the document, and when it or the account was deleted, in ms since 1970, where that is told. */
export interface Deletion {
  owner: string;
  at: number | undefined;
}

/**
 * Reads what is told of a user who is gone: Firestore's event of the deleted document, or the account's, as a
 * CloudEvent of either form or as a function of the first generation gets it.
 * @throws InvalidInput for everything else
 */
export function readDeletion(request: FunctionRequest, usersCollection: string): Deletion {
  const { path, at } = readEvent(request, usersCollection);
  const [owner] = normalizeUserRefs([path], usersCollection).paths;
  if (owner !== path) throw refusal("path", "is not a document of the users collection");
  return { owner, at };
}

function readEvent({ headers, body, rawBody }: FunctionRequest, usersCollection: string) {
  const type = headers["ce-type"];
  if (typeof type === "string" && DOCUMENT.test(type)) {
    const { kind, path } = readDocumentEvent(headers, rawBody);
    if (kind !== "deleted") throw refusal("ce-type", "is no deletion");
    return { path, at: headers["ce-time"] === undefined ? undefined : parseInput(time, headers["ce-time"]) };
  }
  const event = accountEvent(type, headers["ce-time"], body);
  return { path: `${usersCollection}/${event.uid}`, at: event.at };
}

function accountEvent(type: unknown, when: unknown, body: unknown) {
  if (type !== undefined) {
    const { data, time } = parseInput(binary, { type, time: when, data: body });
    return { uid: data.uid, at: time };
  }
  if (legacy.safeParse(body).success) {
    const { data, context } = parseInput(legacy, body);
    return { uid: data.uid, at: context.timestamp };
  }
  const { data, time } = parseInput(structured, body);
  return { uid: data.uid, at: time };
}

function refusal(field: string, message: string): InvalidInput {
  return new InvalidInput([{ field, message }]);
}
