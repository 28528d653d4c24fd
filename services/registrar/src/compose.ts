import type { Log } from "@fanfare/shared/runtime/log";
import type { Store } from "@fanfare/shared/runtime/store";
import type { RegistrarConfig } from "./config.ts";
import { createFirebaseIdTokens } from "./firebase-admin.ts";
import type { RegistrarParts } from "./service.ts";

/** The registrar's parts, on the stores given. */
export function composeRegistrar(
  { FANFARE_PROJECT: project, FANFARE_USERS_COLLECTION: usersCollection }: RegistrarConfig,
  { registrations }: Pick<Store, "registrations">,
  log: Log,
): RegistrarParts {
  return {
    registrations,
    idTokens: createFirebaseIdTokens({ projectId: project }),
    log,
    project,
    usersCollection,
  };
}
