import type { Registrations } from "@fanfare/shared/registrations";
import { createRequests } from "@fanfare/shared/runtime/http-functions";
import type { Log } from "@fanfare/shared/runtime/log";
import { addFcmToken } from "./add-fcm-token.ts";
import { createCallable, refuseCall } from "./callable.ts";
import type { IdTokens } from "./id-tokens.ts";
import { removeFcmToken } from "./remove-fcm-token.ts";
import { createUserDeleted } from "./user-deleted.ts";

export interface RegistrarParts {
  registrations: Registrations;
  idTokens: IdTokens;
  log: Log;
  project: string;
  usersCollection: string;
}

/** The registrar's functions. Closing it refuses what comes, and finishes what it has in hand. */
export function createRegistrar(parts: RegistrarParts) {
  const requests = createRequests(parts.project);
  return {
    addFcmToken: requests.handle(createCallable(parts, addFcmToken.bind(null, parts)), refuseCall),
    removeFcmToken: requests.handle(createCallable(parts, removeFcmToken.bind(null, parts)), refuseCall),
    userDeleted: requests.handle(createUserDeleted(parts)),
    async close(): Promise<void> {
      requests.end();
      await requests.settled();
    },
  };
}
