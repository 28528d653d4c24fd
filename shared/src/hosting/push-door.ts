import type { FunctionDoor } from "./door.ts";
import { FAILURES } from "./http-answers.ts";
import type { PushAuth } from "./push-auth.ts";

/** Tells `fanfare doctor`, which calls without a token, how far a function believes its callers. */
export const PUSH_AUTH_HEADER = "x-fanfare-push-auth";

/** The door of a function that only Google's services call. */
export function pushDoor(
  { mode, check }: PushAuth,
  takes: Pick<FunctionDoor, "maxBytes" | "types">,
): FunctionDoor {
  return {
    ...takes,
    pushed: true,
    admit: check,
    refuse: (failure) => ({ status: FAILURES[failure].code, headers: { [PUSH_AUTH_HEADER]: mode } }),
  };
}
