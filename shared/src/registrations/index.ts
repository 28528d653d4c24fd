import type { Span } from "../domain/range.ts";
import type { AddressKind, Platform, Registration } from "../domain/registration.ts";
import type { UnknownTypes } from "../domain/unknown-types.ts";

/** The devices that can be reached: documents `{users}/{uid}/fcm_tokens/{id}`, which the app's own code writes. */
export interface Registrations {
  /**
   * Reads the registrations with an address in a span, in the order of the address's UTF-8 bytes (so that documents
   * with one address are neighbours), in batches of a size that suits the store. Not a snapshot: a document written
   * meanwhile may or may not be seen.
   */
  read(span: Span, platforms: readonly Platform[] | undefined): AsyncIterable<Registration[]>;

  /** Everything below each of these users, with or without an address, in no order. Missing users have none. */
  readOwned(owners: readonly string[]): Promise<Registration[]>;

  /** How many registrations have an address in a span. */
  count(span: Span, platforms: readonly Platform[] | undefined): Promise<number>;

  /**
   * How many registrations each of these users has, in the order of the list; missing users have none. With platforms,
   * documents without an address may count as well: to tell them apart would take one more index of the app's.
   */
  countOwned(owners: readonly string[], platforms: readonly Platform[] | undefined): Promise<number[]>;

  /**
   * A moment between what has been written and what will be, in the time of registrations: whatever was registered or
   * refreshed before this call is not later than it, and what is afterwards is. In ms since 1970, more or less: on a
   * data file the order is right even where the clock is wrong.
   */
  moment(): Promise<number>;

  /** How many documents have no address at all, whatever their platform. */
  countWithoutAddress(): Promise<number>;

  /**
   * Registrations with an address whose `device_type` counts as no platform, by that text. Not a snapshot. On Firestore
   * documents without such a text are in no index that could find them, and where there are very many texts `others`
   * may count documents without an address.
   */
  unknownTypes(): Promise<UnknownTypes>;

  /** The first address that is present in a span, from `from` on (`from` included); null where there is none. */
  firstFrom(from: string, span: Span, platforms: readonly Platform[] | undefined): Promise<string | null>;

  /**
   * Deletes every document that holds one of the dead addresses, as that kind, and was not written after the
   * `notSince` of a release (see `moment`), and leaves a tombstone of each. Atomic a document: deleted with its tombstone, or untouched. A
   * second call deletes what is left, and never counts one document twice.
   */
  prune(order: PruneOrder): Promise<void>;

  /** How many documents were pruned for a broadcast. */
  countPruned(broadcast: string): Promise<number>;

  /**
   * Brings back what was pruned for a broadcast: each document as it was, under its path, as one that is written now,
   * so that the same broadcast does not prune it again. Left out, with their tombstones, are documents whose address
   * is registered again (or whose path is in use), and those of users who are gone, where the store keeps users.
   * Yields what came of each page. Atomic a document: written while its tombstone goes, or untouched. A second call
   * brings back what is left, and several at once bring back each document once.
   */
  restore(broadcast: string): AsyncIterable<Restored>;

  /** Creates or replaces documents; of several under one path the last counts. Atomic a document. */
  put(documents: readonly RegistrationDocument[]): Promise<void>;

  /**
   * Makes an address its owner's. Afterwards one document holds it, whichever user had it before; what is older under
   * the same address is deleted. The document keeps the earliest time at which the address is known to have been
   * registered. With `replaces`, documents with that token are deleted as well, whichever user had them: who names a
   * token could as well register it, which takes it from all others, and the phone has one address from then on. A note
   * of it is kept for this owner alone: while they have the address, the token registered again by itself stands for
   * it. For every other user, and once they have it no more, the token is an address like any. `added` where this
   * owner did not have the address.
   *
   * Apart from what has exactly one of these addresses, a call changes nothing of another user's, and nothing that it
   * leaves behind outlasts the other's next call.
   *
   * A second call refreshes what the first has written. Of calls at once for one address each is as if it were
   * before or after the others, and the last one's owner has it. On a data file a call is one transaction. On
   * Firestore its writes are one commit, and it looks once more after it made a document: a process that dies right
   * between, while another registers the same device, can leave both documents until one of them comes again.
   */
  register(registering: Registering): Promise<"added" | "refreshed">;

  /**
   * Deletes an owner's documents with this address, and of a token that this owner replaced those with the address that
   * took its place.
   * Atomic a document; one that is written at the same moment may stay. A second call finds nothing: `absent`.
   */
  unregister(owner: string, address: string): Promise<"removed" | "absent">;

  /**
   * Deletes everything below a user who is gone: registrations, their tombstones, and notes of replaced tokens. What
   * was written after `until` (ms since 1970) stays, as it belongs to a user who came back; without it nothing stays.
   * Atomic a document. A second call deletes what is left.
   */
  removeUser(owner: string, until?: number): Promise<void>;

  /** How many documents there are, with an address or without. */
  size(): Promise<number>;
}

/** A device that its user registers. */
export interface Registering {
  /** The user's document, `{users}/{uid}`. */
  owner: string;
  address: string;
  kind: AddressKind;
  deviceType: string;
  /** The token by which the device was reached so far, where an installation's id takes its place. */
  replaces?: string | undefined;
}

/** For how long a replaced token is remembered, in days: FCM itself forgets one that is not used for so long. */
export const REPLACED_DAYS = 270;

/** What one broadcast found dead; one order may hold many addresses, which a store looks for together. */
export interface PruneOrder {
  broadcast: string;
  notSince: number;
  dead: readonly DeadAddress[];
}

export interface DeadAddress {
  address: string;
  kind: AddressKind;
  /** What FCM said. */
  code: string;
  /** Every document that can hold it, where that is known: a store that would have to search looks there alone. */
  paths?: readonly string[] | undefined;
}

/** How many pruned documents came back, and why others did not. */
export interface Restored {
  restored: number;
  registeredAgain: number;
  userGone: number;
}

/** A registration as it is written. */
export interface RegistrationDocument {
  path: string;
  address: string | null;
  kind: AddressKind;
  deviceType: string;
  /** The field `created_at`, ms since 1970; absent counts as now. */
  createdAt?: number | undefined;
}
