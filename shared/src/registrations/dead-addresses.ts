import type { AddressKind } from "../domain/registration.ts";

/** A registration of long ago has no kind: it holds a token. */
export function kindOf(value: unknown): AddressKind {
  return value === "fid" ? "fid" : "token";
}

/** Tells addresses apart, as the app's documents hold them: the same text may be a token and an installation's id. */
export function keyOf({ kind, fcm_token }: { kind?: unknown; fcm_token?: unknown }): string {
  return `${kindOf(kind)} ${fcm_token}`;
}
