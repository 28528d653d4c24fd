import { tombstoneId } from "../domain/ids.ts";
import { ownerOf } from "../domain/registration.ts";
import { slices } from "../domain/slices.ts";
import { forEach } from "../for-each.ts";
import {
  compareAndSet,
  type Decision,
  type DocumentSnapshot,
  expiry,
  type Firestore,
  type FirestoreOptions,
  MOST_VALUES_A_QUERY,
  Timestamp,
} from "../google/firestore.ts";
import { keyOf } from "./dead-addresses.ts";
import type { PruneOrder, Registrations } from "./index.ts";
import type { WritePace } from "./write-pace.ts";

const PATHS_A_READ = 100;
/** Together they bound the deletions in flight: many deletions close together slow a range of keys down. */
const LOOKUPS_AT_ONCE = 4;
const DELETIONS_AT_ONCE = 20;

/** Deletes registrations with dead addresses, each in one commit with its tombstone `{prefix}pruned/{tombstoneId}`. */
export function createPruning(
  firestore: Firestore,
  options: FirestoreOptions,
  pace: WritePace,
): Pick<Registrations, "prune" | "countPruned"> {
  const tombstones = firestore.collection(`${options.prefix}pruned`);
  const registrations = firestore.collectionGroup(options.tokensCollection);

  async function prune({ broadcast, notSince, dead }: PruneOrder): Promise<void> {
    const codes = new Map(dead.map(({ kind, address, code }) => [keyOf({ kind, fcm_token: address }), code]));
    const searched = dead.filter(({ paths }) => !paths).map(({ address }) => address);
    const paths = dead.flatMap((one) => one.paths ?? []);
    const lookups = [
      ...slices([...new Set(searched)], MOST_VALUES_A_QUERY).map((some) => () => search(some)),
      ...slices([...new Set(paths)], PATHS_A_READ).map((some) => () => readAll(some)),
    ];
    await forEach(lookups, LOOKUPS_AT_ONCE, async (lookUp) => {
      const found = (await lookUp()).filter((snapshot) => codeOf(snapshot) !== undefined);
      await forEach(found, DELETIONS_AT_ONCE, async (known) => {
        await pace.take(2);
        await compareAndSet(known.ref, { known }, (snapshot, time) => {
          const code = codeOf(snapshot);
          return code === undefined ? { answer: undefined } : bury(broadcast, code, snapshot, time);
        });
      });
    });

    /** What FCM said of a document that is to go; undefined for one that has changed since, or is gone. */
    function codeOf(snapshot: DocumentSnapshot): string | undefined {
      // Compared as it is, to the microsecond: cut to milliseconds, a document written just after would look older.
      if (!snapshot.updateTime || snapshot.updateTime > Timestamp.fromMillis(notSince)) return undefined;
      return codes.get(keyOf(snapshot.data() ?? {}));
    }
  }

  const search = async (addresses: string[]): Promise<DocumentSnapshot[]> =>
    (await registrations.where("fcm_token", "in", addresses).get()).docs;

  const readAll = (paths: string[]): Promise<DocumentSnapshot[]> =>
    firestore.getAll(...paths.map((path) => firestore.doc(path)));

  /** A call whose answer was lost finds the document gone the second time, and its tombstone there. */
  function bury(
    broadcast: string,
    code: string,
    snapshot: DocumentSnapshot,
    time: number,
  ): Decision<undefined> {
    const { ref } = snapshot;
    return {
      answer: undefined,
      write(batch, unchanged) {
        batch.delete(ref, unchanged);
        // A document that came back and is pruned again is still one, and its last state is the one to keep.
        batch.set(tombstones.doc(tombstoneId(broadcast, ref.path)), {
          broadcast,
          code,
          prunedAt: Timestamp.fromMillis(time),
          path: ref.path,
          owner: ownerOf(ref.path),
          document: snapshot.data(),
          expiresAt: expiry(options, time),
          v: 1,
        });
      },
    };
  }

  return {
    prune,
    async countPruned(broadcast) {
      return (await tombstones.where("broadcast", "==", broadcast).count().get()).data().count;
    },
  };
}
