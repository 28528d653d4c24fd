import type { DocumentId } from "../domain/broadcast.ts";
import { documentKey, fingerprint } from "../domain/ids.ts";
import { RetryableError, TerminalError } from "../errors.ts";
import { gather } from "../gather.ts";
import {
  compareAndSet,
  type Decision,
  type DocumentSnapshot,
  expiry,
  type Firestore,
  type FirestoreOptions,
  readOne,
  Timestamp,
} from "../google/firestore.ts";
import type { Batch, BatchMember, Intake } from "./index.ts";
import { joinOne } from "./join-one.ts";
import { pack, unpack } from "./packed.ts";

/** Documents that join in one commit: it may hold 500 writes, and these may complete as many batches. */
const JOINED_AT_ONCE = 100;

/** A document of Firestore's has at most 1 MiB: about four of the largest batches. */
const MAX_RECORD_BYTES = 900_000;

/** Batches of one print, those that are open and those that have ended. */
interface Sorted {
  open: Batch[];
  ended: Batch[];
}

type Write = NonNullable<Decision<unknown>["write"]>;

/**
 * The open batches of a print (those that wait, or were given up and not closed) as one document,
 * `{prefix}batches/{hash of print}`, which is gone where there are none. Each that has ended as one of its own,
 * `{prefix}batches/{key}`, so that it is remembered however many come after it. Which one a document is in as
 * `{prefix}batched/{key of the document}`, written in the commit by which it joins.
 */
export function createBatches(
  firestore: Firestore,
  options: FirestoreOptions,
): Pick<Intake, "join" | "batchOf" | "waiting" | "giveUp" | "close"> {
  const batches = firestore.collection(`${options.prefix}batches`);
  const batched = firestore.collection(`${options.prefix}batched`);

  /** @param time of the reading, in ms since 1970 */
  function replace(snapshot: DocumentSnapshot, { open, ended }: Sorted, time: number): Write {
    const record = pack(open);
    if (Buffer.byteLength(record) > MAX_RECORD_BYTES)
      throw new RetryableError("CROWDED", "too many documents that ask for the same wait for others");
    const expiresAt = expiry(options, time);
    const since = Math.min(...open.map(({ joinedAt }) => joinedAt));
    const fields = () => ({ v: 1, record, waitingSince: Timestamp.fromMillis(since), expiresAt });
    return (batch, unchanged) => {
      if (open.length === 0) {
        if (snapshot.exists) batch.delete(snapshot.ref, unchanged);
      } else if (snapshot.exists) batch.update(snapshot.ref, fields(), unchanged);
      else batch.create(snapshot.ref, fields());
      for (const one of ended) batch.set(batches.doc(one.key), { v: 1, record: pack([one]), expiresAt });
    };
  }

  /** @returns for each the batch that it joined, null where it was in one before */
  function joinTogether(print: string, members: readonly BatchMember[]): Promise<(Batch | null)[]> {
    const keys = members.map(({ document }) => documentKey(document));
    const beside = keys.map((key) => batched.doc(key));
    return compareAndSet(batches.doc(print), { beside }, (snapshot, readAt, memberships) => {
      const time = readAt + options.skewMs();
      const all = new Map(batchesIn(snapshot).map((batch) => [batch.key, batch]));
      const joined = new Map<string, string>();
      for (const [index, member] of members.entries()) {
        const key = keys[index] ?? "";
        if (memberships[index]?.exists || joined.has(key)) continue;
        const batch = joinOne([...all.values()], member, time);
        all.set(batch.key, batch);
        joined.set(key, batch.key);
      }
      const answer = keys.map((key) => all.get(joined.get(key) ?? "") ?? null);
      if (joined.size === 0) return { answer };
      const write = replace(snapshot, sort([...all.values()]), time);
      return {
        answer,
        write(batch, unchanged) {
          write(batch, unchanged);
          const fields = { v: 1, print, expiresAt: expiry(options, time) };
          for (const [document, key] of joined)
            batch.create(batched.doc(document), { ...fields, batch: key });
        },
      };
    });
  }

  const join = gather(JOINED_AT_ONCE, joinTogether);

  async function readEnded(key: string): Promise<Batch | null> {
    return batchesIn(await readOne(batches.doc(key), ["record"]))[0] ?? null;
  }

  async function batchOf(document: DocumentId): Promise<Batch | null> {
    const membership = await readOne(batched.doc(documentKey(document)), ["print", "batch"]);
    if (!membership.exists) return null;
    const { print, batch: key } = membership.data() as { print: string; batch: string };
    // A batch goes from the open ones to those that have ended: looked for in this order it is not missed.
    const open = batchesIn(await readOne(batches.doc(print), ["record"]));
    return open.find((batch) => batch.key === key) ?? readEnded(key);
  }

  /** Changes a batch as `decide` says, where it says anything; false where the batch is not open. */
  async function change(key: string, decide: (batch: Batch) => Sorted | null): Promise<boolean> {
    // The document that opened a batch has its key.
    const membership = await readOne(batched.doc(key), ["print"]);
    if (!membership.exists) return false;
    return compareAndSet(batches.doc(membership.get("print")), {}, (snapshot, readAt) => {
      const all = batchesIn(snapshot);
      const batch = all.find((one) => one.key === key);
      const decided = batch ? decide(batch) : null;
      if (!decided) return { answer: batch !== undefined };
      const open = [...all.filter((one) => one !== batch), ...decided.open];
      return {
        answer: true,
        write: replace(snapshot, { ...decided, open }, readAt + options.skewMs()),
      };
    });
  }

  return {
    async join(member) {
      const batch = (await join(fingerprint(member.print), member)) ?? (await batchOf(member.document));
      if (!batch) throw new TerminalError("BATCH_FORGOTTEN", "the batch of this document ended long ago");
      return batch;
    },
    batchOf,
    async waiting(before, limit) {
      const query = batches.where("waitingSince", "<=", Timestamp.fromMillis(before)).orderBy("waitingSince");
      // So many prints have as many batches or more, and those after them none that is older.
      const { docs } = await query.select("record").limit(limit).get();
      const found = docs.flatMap(batchesIn).filter(({ joinedAt }) => joinedAt <= before);
      return found.toSorted((a, b) => a.joinedAt - b.joinedAt).slice(0, limit);
    },
    async giveUp(key) {
      const isOpen = await change(key, (batch) =>
        batch.state === "waiting" ? { open: [{ ...batch, state: "given-up" }], ended: [] } : null,
      );
      return !isOpen && (await readEnded(key))?.state === "complete" ? "complete" : "given-up";
    },
    async close(key) {
      await change(key, (batch) => (batch.state === "given-up" ? { open: [], ended: [batch] } : null));
    },
  };
}

function batchesIn(snapshot: DocumentSnapshot): Batch[] {
  return snapshot.exists ? unpack(snapshot.get("record")) : [];
}

function sort(batches: Batch[]): Sorted {
  const ended = batches.filter(({ state }) => state === "complete");
  return { open: batches.filter(({ state }) => state !== "complete"), ended };
}
