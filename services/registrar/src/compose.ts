import { googleSignatures } from "@fanfare/shared/google/auth";
import type { Log } from "@fanfare/shared/hosting/log";
import { createPushAuth } from "@fanfare/shared/hosting/push-auth";
import type { Store } from "@fanfare/shared/store";
import type { RegistrarConfig } from "./config.ts";
import { createFirebaseIdTokens } from "./firebase-admin.ts";
import type { RegistrarParts } from "./service.ts";

/** The registrar's parts, on the stores given. */
export function composeRegistrar(
  config: RegistrarConfig,
  { registrations }: Pick<Store, "registrations">,
  log: Log,
): RegistrarParts {
  const { FANFARE_PROJECT: project, FANFARE_USERS_COLLECTION: usersCollection } = config;
  return {
    registrations,
    idTokens: createFirebaseIdTokens({ projectId: project }),
    pushAuth: createPushAuth({
      settings: config,
      verifySignature: googleSignatures(),
      // Its events come by Eventarc, whose subscriptions have names of their own.
      readPushers: async () => [],
    }),
    log,
    project,
    usersCollection,
  };
}
