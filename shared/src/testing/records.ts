import type { Broadcast } from "../domain/broadcast.ts";
import type { Member } from "../domain/chunk.ts";
import { broadcastId } from "../domain/ids.ts";
import type { RegistrationDocument } from "../registrations/index.ts";
import { START } from "./clock.ts";

/** A broadcast under a name: running, released at the clock's start, owing nothing. */
export function makeBroadcast(name: string, fields: Partial<Broadcast> = {}): Broadcast {
  return {
    v: 1,
    id: broadcastId("test", name),
    version: 1,
    caller: "test",
    idempotencyKey: name,
    fingerprint: `fingerprint of ${name}`,
    content: { title: "Grüße 👋🏽", text: "مرحبا", data: { "key.with/odd chars": "値" } },
    audience: {},
    onCrash: "repeat",
    phase: "running",
    gates: {},
    createdAt: START,
    dueAt: START,
    releasedAt: START,
    finishedAt: null,
    owes: [],
    books: null,
    pruning: { state: "none" },
    ...fields,
  };
}

/** The same member for the same number; their order is that of their numbers. */
export function makeMember(number: number): Member {
  const name = String(number).padStart(6, "0");
  return { address: `address-${name}`, kind: "token", path: `users/u${name}/fcm_tokens/t` };
}

export function makeMembers(count: number, from = 0): Member[] {
  return Array.from({ length: count }, (_, index) => makeMember(from + index));
}

/** A document of the user `uid`. */
export function makeDocument(
  uid: string,
  address: string | null,
  fields: Partial<RegistrationDocument> = {},
): RegistrationDocument {
  const path = `users/${uid}/fcm_tokens/t`;
  return { path, address, kind: "token", deviceType: "Android", ...fields };
}
