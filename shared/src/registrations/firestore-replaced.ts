import { replacedId } from "../domain/ids.ts";
import { ownerOf } from "../domain/registration.ts";
import { type Firestore, readOne, Timestamp, type WriteBatch } from "../runtime/firestore.ts";
import { kindOf } from "./dead-addresses.ts";
import { REPLACED_DAYS } from "./index.ts";

/** Which tokens an installation's id took the place of: `{prefix}replaced/{replacedId}`, by the id's document. */
export function createReplaced(firestore: Firestore, prefix: string) {
  const notes = firestore.collection(`${prefix}replaced`);

  return {
    /** The path of the document that took a token's place. */
    async pathOf(token: string): Promise<string | undefined> {
      return (await readOne(notes.doc(replacedId(token)))).get("path");
    },

    /** Of the documents that may stand for a replaced token, those which are there: the owner's own comes first. */
    async standIns(owner: string, path: string) {
      const paths = [...new Set([standInPath(owner, path), path])];
      const found = await firestore.getAll(...paths.map((one) => firestore.doc(one)));
      return found.filter((snapshot) => snapshot.exists && kindOf(snapshot.get("kind")) === "fid");
    },

    /** @param at the time of the reading that it was decided on */
    note(batch: WriteBatch, token: string, path: string, at: Timestamp): void {
      batch.set(notes.doc(replacedId(token)), {
        path,
        owner: ownerOf(path),
        expiresAt: Timestamp.fromMillis(at.toMillis() + REPLACED_DAYS * 86_400_000),
        v: 1,
      });
    },

    /** All notes of one user's devices. */
    of: (owner: string) => notes.where("owner", "==", owner),
  };
}

/** Where the same device's document is, or would be, below another user. */
function standInPath(owner: string, path: string): string {
  return [owner, ...path.split("/").slice(2)].join("/");
}
