import { clientAddress } from "@fanfare/shared/hosting/client-address";
import { EVENT_TYPES, type FunctionDoor, MAX_BODY } from "@fanfare/shared/hosting/door";
import type { PushAuth } from "@fanfare/shared/hosting/push-auth";
import { pushDoor } from "@fanfare/shared/hosting/push-door";
import { createRateLimit } from "@fanfare/shared/hosting/rate-limit";
import { failCall } from "./callable.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** Clients and users that are kept in mind at once: some 3 MB. */
const MAX_KEYS = 20_000;

/** An app registers at each start and when its token changes. */
export const CALLS_AN_HOUR = 30;
/** Of one client address, before it is known who calls. Phones of one carrier share an address. */
export const REQUESTS_A_MINUTE = 600;

/**
 * The door that apps call at. Each process counts by itself, in its memory: the bounds keep one client from taking an
 * instance's time and the database's writes, and are not exact.
 */
export function callDoor(now?: () => number): FunctionDoor {
  const isWithin = createRateLimit({
    limit: REQUESTS_A_MINUTE,
    windowMs: MINUTE_MS,
    maxKeys: MAX_KEYS,
    ...(now && { now }),
  });
  return {
    maxBytes: MAX_BODY.call,
    types: ["application/json"],
    pushed: false,
    admit: (request) =>
      isWithin(clientAddress(request))
        ? undefined
        : { failure: "tooMany", reason: "requests of one client address" },
    refuse: failCall,
  };
}

/** Counts one user's calls. */
export function userLimit(now?: () => number): (uid: string) => boolean {
  return createRateLimit({
    limit: CALLS_AN_HOUR,
    windowMs: HOUR_MS,
    maxKeys: MAX_KEYS,
    ...(now && { now }),
  });
}

/** A deleted document comes from Firestore, a deleted account as JSON. */
export const deletionDoor = (auth: PushAuth) =>
  pushDoor(auth, { maxBytes: MAX_BODY.document, types: EVENT_TYPES });
