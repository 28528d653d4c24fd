import { ownerOf } from "../domain/registration.ts";
import { forEach } from "../for-each.ts";
import {
  committed,
  type DocumentSnapshot,
  FieldPath,
  type Firestore,
  type FirestoreOptions,
  type Query,
  Timestamp,
} from "../google/firestore.ts";
import { createReplaced } from "./firestore-replaced.ts";
import { unchanged } from "./firestore-rounds.ts";
import type { Registrations } from "./index.ts";
import type { WritePace } from "./write-pace.ts";

const PAGE = 300;
/** Many deletions close together slow a range of keys down. */
const DELETIONS_AT_ONCE = 20;

/** Deletes what users leave behind: who signs out, one device; who is gone, everything. */
export function createLeaving(
  firestore: Firestore,
  { tokensCollection, prefix }: FirestoreOptions,
  pace: WritePace,
): Pick<Registrations, "unregister" | "removeUser"> {
  const all = firestore.collectionGroup(tokensCollection);
  const tombstones = firestore.collection(`${prefix}pruned`);
  const replaced = createReplaced(firestore, prefix);

  async function unregister(owner: string, address: string): Promise<"removed" | "absent"> {
    const [{ docs }, standIns] = await Promise.all([
      all.where("fcm_token", "==", address).get(),
      replaced.standIns(owner, address),
    ]);
    const own = [...docs.filter(({ ref }) => ownerOf(ref.path) === owner), ...standIns];
    await forEach(own, DELETIONS_AT_ONCE, remove);
    return own.length === 0 ? "absent" : "removed";
  }

  /** Registrations first: one that is being pruned leaves its tombstone before it is gone. */
  async function removeUser(owner: string, until?: number): Promise<void> {
    const last = until === undefined ? undefined : Timestamp.fromMillis(until);
    const queries = [
      firestore.doc(owner).collection(tokensCollection),
      tombstones.where("owner", "==", owner),
      replaced.of(owner),
    ];
    for (const query of queries) await removeAll(query, last);
  }

  async function removeAll(query: Query, last: Timestamp | undefined): Promise<void> {
    const ordered = query.orderBy(FieldPath.documentId()).select().limit(PAGE);
    for (let next = ordered; ; ) {
      const { docs } = await next.get();
      const old = docs.filter(({ updateTime }) => last === undefined || updateTime <= last);
      await forEach(old, DELETIONS_AT_ONCE, remove);
      const end = docs.at(-1);
      if (docs.length < PAGE || !end) return;
      next = ordered.startAfter(end);
    }
  }

  /** What was written at this moment stays. */
  async function remove(snapshot: DocumentSnapshot): Promise<void> {
    await pace.take(1);
    await committed(firestore.batch().delete(snapshot.ref, unchanged(snapshot)));
  }

  return { unregister, removeUser };
}
