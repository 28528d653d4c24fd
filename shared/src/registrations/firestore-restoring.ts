import { ownerOf } from "../domain/registration.ts";
import { slices } from "../domain/slices.ts";
import { forEach } from "../for-each.ts";
import {
  committed,
  type DocumentSnapshot,
  FieldPath,
  type Firestore,
  type FirestoreOptions,
  MOST_VALUES_A_QUERY,
  readOne,
  Timestamp,
} from "../google/firestore.ts";
import { keyOf } from "./dead-addresses.ts";
import type { Registrations, Restored } from "./index.ts";
import type { WritePace } from "./write-pace.ts";

const PAGE = 300;
const LOOKUPS_AT_ONCE = 4;
const WRITES_AT_ONCE = 50;

/** Brings pruned documents back from their tombstones, each in one commit with its tombstone's end. */
export function createRestoring(
  firestore: Firestore,
  options: FirestoreOptions,
  pace: WritePace,
): Pick<Registrations, "restore"> {
  const tombstones = firestore.collection(`${options.prefix}pruned`);
  const registrations = firestore.collectionGroup(options.tokensCollection);

  async function* restore(broadcast: string): AsyncGenerator<Restored> {
    const buried = tombstones.where("broadcast", "==", broadcast).orderBy(FieldPath.documentId()).limit(PAGE);
    for (let query = buried; ; ) {
      const { docs } = await query.get();
      const last = docs.at(-1);
      if (!last) return;
      yield await restorePage(docs);
      query = buried.startAfter(last);
    }
  }

  async function restorePage(page: DocumentSnapshot[]): Promise<Restored> {
    const [owners, live] = await Promise.all([ownersOf(page), registeredAgain(page)]);
    const counts = { restored: 0, registeredAgain: 0, userGone: 0 };
    await forEach(page, WRITES_AT_ONCE, async (tombstone) => {
      const { document } = tombstone.data() as Tombstone;
      if (!owners.has(ownerOf(tombstone.get("path")))) counts.userGone += 1;
      else if (live.has(keyOf(document)) || !(await bringBack(tombstone))) counts.registeredAgain += 1;
      else counts.restored += 1;
    });
    return counts;
  }

  /** The users of a page who are still there. */
  async function ownersOf(page: DocumentSnapshot[]): Promise<Set<string>> {
    const paths = [...new Set(page.map((tombstone) => ownerOf(tombstone.get("path"))))];
    const found = await firestore.getAll(...paths.map((path) => firestore.doc(path)), { fieldMask: [] });
    return new Set(found.filter(({ exists }) => exists).map(({ ref }) => ref.path));
  }

  /** The addresses of a page under which an app has registered since. */
  async function registeredAgain(page: DocumentSnapshot[]): Promise<Set<string>> {
    const buried = page.map((tombstone) => tombstone.data() as Tombstone);
    const prunedAt = new Map(buried.map(({ document, prunedAt }) => [keyOf(document), prunedAt]));
    const addresses = [...new Set(buried.map(({ document }) => document.fcm_token))];
    const live = new Set<string>();
    await forEach(slices(addresses, MOST_VALUES_A_QUERY), LOOKUPS_AT_ONCE, async (some) => {
      const query = registrations.where("fcm_token", "in", some).select("fcm_token", "kind", "created_at");
      for (const snapshot of (await query.get()).docs) {
        const key = keyOf(snapshot.data());
        const since = prunedAt.get(key);
        if (since && !wasBroughtBack(snapshot, since)) live.add(key);
      }
    });
    return live;
  }

  /** False where its path is in use. Another who brought it back meanwhile leaves no tombstone. */
  async function bringBack(tombstone: DocumentSnapshot): Promise<boolean> {
    await pace.take(2);
    const { path, document } = tombstone.data() as Tombstone;
    const batch = firestore.batch();
    batch.create(firestore.doc(path), document);
    batch.delete(tombstone.ref, tombstone.updateTime ? { lastUpdateTime: tombstone.updateTime } : {});
    return (await committed(batch)) || !(await readOne(tombstone.ref, [])).exists;
  }

  return { restore };
}

interface Tombstone {
  path: string;
  prunedAt: Timestamp;
  document: { fcm_token: string; kind?: unknown };
}

/**
 * Made after the pruning, yet older by its own field: not an app's doing, but a document of the same address that came
 * back a page earlier.
 */
function wasBroughtBack(snapshot: DocumentSnapshot, prunedAt: Timestamp): boolean {
  const createdAt: unknown = snapshot.get("created_at");
  if (!snapshot.createTime || !(createdAt instanceof Timestamp)) return false;
  return snapshot.createTime > prunedAt && createdAt < prunedAt;
}
