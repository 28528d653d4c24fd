import { replacedId, replacedIdOfV1 } from "../domain/ids.ts";
import { ownerOf } from "../domain/registration.ts";
import { type DocumentSnapshot, type Firestore, Timestamp, type WriteBatch } from "../google/firestore.ts";
import { kindOf } from "./dead-addresses.ts";
import { REPLACED_DAYS } from "./index.ts";

/**
 * Which tokens an installation's id took the place of, each user's apart: `{prefix}replaced/{replacedId}`, by the id's
 * document. A note is followed for the user who caused it, to a document of that user: others may know the token, and
 * where it led to their devices they would get what is meant for its owner.
 */
export function createReplaced(firestore: Firestore, prefix: string) {
  const notes = firestore.collection(`${prefix}replaced`);

  /** Where the owner's documents that took a token's place are, by a note of this version or of the one before. */
  async function pathsOf(owner: string, token: string): Promise<string[]> {
    const ids = [replacedId(token, owner), replacedIdOfV1(token)];
    const found = await firestore.getAll(...ids.map((id) => notes.doc(id)), { fieldMask: ["path"] });
    const paths = found.map((note): unknown => note.get("path"));
    return paths.filter((path) => typeof path === "string").filter((path) => ownerOf(path) === owner);
  }

  return {
    /** The owner's documents that took a token's place, as far as they are there. */
    async standIns(owner: string, token: string): Promise<DocumentSnapshot[]> {
      const paths = [...new Set(await pathsOf(owner, token))];
      if (paths.length === 0) return [];
      return (await firestore.getAll(...paths.map((path) => firestore.doc(path)))).filter(isStandIn);
    },

    /** @param at the time of the reading that it was decided on */
    note(batch: WriteBatch, token: string, path: string, at: Timestamp): void {
      const owner = ownerOf(path);
      batch.set(notes.doc(replacedId(token, owner)), {
        path,
        owner,
        expiresAt: Timestamp.fromMillis(at.toMillis() + REPLACED_DAYS * 86_400_000),
        v: 2,
      });
    },

    /** All notes of one user's devices. */
    of: (owner: string) => notes.where("owner", "==", owner),
  };
}

function isStandIn(snapshot: DocumentSnapshot): boolean {
  return kindOf(snapshot.get("kind")) === "fid" && typeof snapshot.get("fcm_token") === "string";
}
