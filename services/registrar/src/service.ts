import { createRequests } from "@fanfare/shared/hosting/http-functions";
import type { Log } from "@fanfare/shared/hosting/log";
import type { PushAuth } from "@fanfare/shared/hosting/push-auth";
import type { Registrations } from "@fanfare/shared/registrations";
import { addFcmToken } from "./add-fcm-token.ts";
import { createCallable, refuseCall } from "./callable.ts";
import { callDoor, deletionDoor, userLimit } from "./doors.ts";
import type { IdTokens } from "./id-tokens.ts";
import { removeFcmToken } from "./remove-fcm-token.ts";
import { createUserDeleted } from "./user-deleted.ts";

export interface RegistrarParts {
  registrations: Registrations;
  idTokens: IdTokens;
  pushAuth: PushAuth;
  log: Log;
  project: string;
  usersCollection: string;
  /** Milliseconds of a clock that only goes forward, by which calls are counted; the process's own by default. */
  now?: () => number;
}

/** The registrar's functions. Closing it refuses what comes, and finishes what it has in hand. */
export function createRegistrar(parts: RegistrarParts) {
  const requests = createRequests(parts);
  const door = callDoor(parts.now);
  const callable = (call: typeof addFcmToken) => {
    const deps = { ...parts, mayCall: userLimit(parts.now) };
    return requests.handle(door, createCallable(deps, call.bind(null, parts)), refuseCall);
  };
  return {
    functions: {
      addFcmToken: callable(addFcmToken),
      removeFcmToken: callable(removeFcmToken),
      userDeleted: requests.handle(deletionDoor(parts.pushAuth), createUserDeleted(parts)),
    },
    async close(): Promise<void> {
      requests.end();
      await requests.settled();
    },
  };
}
