import { InvalidInput } from "@fanfare/shared/errors";
import { describeFailure } from "@fanfare/shared/hosting/describe-failure";
import type { FunctionAnswer } from "@fanfare/shared/hosting/http-answers";
import type { FunctionRequest } from "@fanfare/shared/hosting/http-functions";
import type { Log } from "@fanfare/shared/hosting/log";
import { seldomOf } from "@fanfare/shared/hosting/seldom";
import type { Registrations } from "@fanfare/shared/registrations";
import { readDeletion } from "./read-deletion.ts";

export interface UserDeletedDeps {
  registrations: Registrations;
  log: Log;
  usersCollection: string;
}

/**
 * Removes what is registered for a user who is gone. Answers 204 when that is done, 400 for what tells of no such
 * user, and 503 for what is to come again: the deletion is told once, so that whatever may pass is worth a retry.
 */
export function createUserDeleted({ registrations, log, usersCollection }: UserDeletedDeps) {
  return async (request: FunctionRequest): Promise<FunctionAnswer> => {
    if (request.method !== "POST") return { status: 405 };
    try {
      const { owner, at } = readDeletion(request, usersCollection);
      await registrations.removeUser(owner, at);
      return { status: 204 };
    } catch (error) {
      if (error instanceof InvalidInput) {
        seldomOf(log)("warn", "not a deletion", "a request did not say which user was deleted");
        return { status: 400 };
      }
      log.error({ error: describeFailure(error) }, "a deleted user's registrations could not be removed");
      return { status: 503 };
    }
  };
}
