import { registrationId } from "../domain/ids.ts";
import { ownerOf } from "../domain/registration.ts";
import {
  type DocumentSnapshot,
  FieldValue,
  type Firestore,
  type FirestoreOptions,
  readOne,
  Timestamp,
  type WriteBatch,
} from "../google/firestore.ts";
import { createReplaced } from "./firestore-replaced.ts";
import { deletionOf, inRounds, unchanged } from "./firestore-rounds.ts";
import type { Registering, Registrations } from "./index.ts";

/** What is registered of a device at one moment. */
interface Seen {
  /** Documents with the address, under whichever user. */
  same: DocumentSnapshot[];
  /** Documents with the token that the address replaces. */
  old: DocumentSnapshot[];
  at: Timestamp;
}

/**
 * Registers by looking, then writing on the condition that nothing seen has changed, and looking again where that does
 * not hold. Two users' new documents have two paths, so that neither writer need meet the other: whoever made one looks
 * once more, and of several the one that was written last stays, whoever judges.
 */
export function createRegistering(
  firestore: Firestore,
  { tokensCollection, prefix }: FirestoreOptions,
): Pick<Registrations, "register"> {
  const all = firestore.collectionGroup(tokensCollection);
  const replaced = createReplaced(firestore, prefix);

  async function register(asked: Registering): Promise<"added" | "refreshed"> {
    return registerAddress((await standInFor(asked)) ?? asked);
  }

  /** What a replaced token stands for; undefined where it is none, or its successor is not the caller's any more. */
  async function standInFor(asked: Registering): Promise<Registering | undefined> {
    if (asked.kind !== "token") return undefined;
    const [standIn] = await replaced.standIns(asked.owner, asked.address);
    return standIn && { ...asked, kind: "fid", address: standIn.get("fcm_token"), replaces: asked.address };
  }

  async function registerAddress(asked: Registering): Promise<"added" | "refreshed"> {
    const { owner, address, replaces } = asked;
    const place = firestore.doc(`${owner}/${tokensCollection}/${registrationId(address)}`);
    let begun: Timestamp | undefined;
    const isNew = await inRounds(firestore, async () => {
      const seen = await see(asked);
      const own = seen.same.filter(({ ref }) => ownerOf(ref.path) === owner);
      const kept = own.find(({ id }) => id === place.id) ?? own[0] ?? (await readOne(place));
      // The owner's other call may have made it between the two readings.
      if (own.length === 0 && kept.get("fcm_token") === address) {
        own.push(kept);
        seen.same.push(kept);
      }
      // A crowd on one device, each of whom would wait for all others, has it written once.
      if (begun && wasDoneSince(begun, asked, seen, kept)) return { answer: false };
      begun ??= seen.at;
      const write = (batch: WriteBatch) => writeAll(batch, asked, seen, kept);
      return { answer: own.length === 0, write };
    });
    if (isNew || replaces !== undefined) await lookAgain(asked);
    return isNew ? "added" : "refreshed";
  }

  function writeAll(
    batch: WriteBatch,
    asked: Registering,
    { same, old, at }: Seen,
    kept: DocumentSnapshot,
  ): void {
    for (const snapshot of [...same, ...old])
      if (snapshot.ref.path !== kept.ref.path) batch.delete(snapshot.ref, unchanged(snapshot));
    const fields = {
      fcm_token: asked.address,
      kind: asked.kind,
      device_type: asked.deviceType,
      created_at: earliest(same) ?? FieldValue.serverTimestamp(),
      updated_at: FieldValue.serverTimestamp(),
    };
    if (kept.exists) batch.update(kept.ref, fields, unchanged(kept));
    else batch.create(kept.ref, fields);
    if (asked.replaces !== undefined) replaced.note(batch, asked.replaces, kept.ref.path, at);
  }

  async function lookAgain(asked: Registering): Promise<void> {
    const standIn = await standInFor(asked);
    // It was replaced while it was being registered.
    if (standIn) return void (await registerAddress(standIn));
    await inRounds(firestore, async () => {
      const { same, old } = await see(asked);
      const [latest, ...older] = same.toSorted(latestFirst);
      // Another user who registered the token since has the device by now, and keeps it.
      const before = old.filter((one) => ownerOf(one.ref.path) === asked.owner || isBefore(one, latest));
      return deletionOf([...older, ...before]);
    });
  }

  async function see({ address, replaces }: Registering): Promise<Seen> {
    const { docs, readTime } = await look(replaces === undefined ? [address] : [address, replaces]);
    const withText = (text?: string) => docs.filter((snapshot) => snapshot.get("fcm_token") === text);
    return { same: withText(address), old: withText(replaces), at: readTime };
  }

  const look = (addresses: string[]) => all.where("fcm_token", "in", addresses).get();

  return { register };
}

/** Whether somebody else wrote just that since a moment, and nothing is left to do. */
function wasDoneSince(since: Timestamp, asked: Registering, { same }: Seen, kept: DocumentSnapshot): boolean {
  if (asked.replaces !== undefined || same.length !== 1 || same[0] !== kept) return false;
  const isAsAsked = kept.get("kind") === asked.kind && kept.get("device_type") === asked.deviceType;
  return isAsAsked && kept.updateTime !== undefined && kept.updateTime > since;
}

/** When the address was first registered, as far as its documents tell; undefined where there is none. */
function earliest(documents: readonly DocumentSnapshot[]): Timestamp | undefined {
  const told = documents.flatMap((one): unknown[] => [one.get("created_at"), one.createTime]);
  const times = told.filter((time) => time instanceof Timestamp);
  return times.toSorted((one, other) => (one < other ? -1 : 1))[0];
}

function isBefore({ updateTime }: DocumentSnapshot, other: DocumentSnapshot | undefined): boolean {
  return updateTime !== undefined && other?.updateTime !== undefined && updateTime < other.updateTime;
}

function latestFirst(one: DocumentSnapshot, other: DocumentSnapshot): number {
  const key = ({ updateTime, ref }: DocumentSnapshot) => `${updateTime?.valueOf()} ${ref.path}`;
  return key(one) > key(other) ? -1 : 1;
}
