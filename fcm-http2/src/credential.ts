import type { Credential } from "./transport.ts";

/** Sends no authorization header. For a simulator of FCM, which asks for none. */
export const noCredential: Credential = {
  authorization: async () => null,
  renew: async () => {},
};
