import type { DocumentId } from "../domain/broadcast.ts";
import { documentKey, fingerprint } from "../domain/ids.ts";
import { gather } from "../gather.ts";
import {
  compareAndSet,
  expiry,
  type Firestore,
  type FirestoreOptions,
  readOne,
} from "../google/firestore.ts";
import { type Admission, countAsked, judge } from "./allowed.ts";
import type { Allowance, Intake } from "./index.ts";

type Question = { document: DocumentId; allowance: Allowance };
type Packed = [key: string, at: number, admitted: 0 | 1];

const JUDGED_AT_ONCE = 500;

/**
 * Enough to tell a sender's documents of one hour apart. With whole keys 20,000 admitted and 1,000 refused ones would
 * not fit into a document of 1 MiB.
 */
const KEY_CHARACTERS = 24;

const shortKey = (key: string) => key.slice(0, KEY_CHARACTERS);

/** What a sender asked of late as `{prefix}app_senders/{hash of sender}`; `refused` counts beyond what is kept. */
export function createAllowances(
  firestore: Firestore,
  options: FirestoreOptions,
): Pick<Intake, "admit" | "asked"> {
  const senders = firestore.collection(`${options.prefix}app_senders`);

  function judgeTogether(sender: string, questions: readonly Question[]): Promise<boolean[]> {
    return compareAndSet(senders.doc(fingerprint(sender)), {}, (snapshot, readAt) => {
      const time = readAt + options.skewMs();
      let asked = snapshot.exists ? unpack(snapshot.get("record")) : [];
      let refused: number = snapshot.get("refused") ?? 0;
      let isKnown = true;
      const answer = questions.map(({ document, allowance }) => {
        const judged = judge(asked, shortKey(documentKey(document)), allowance, time);
        asked = judged.asked;
        if (!judged.known) isKnown = false;
        if (!judged.known && !judged.admitted) refused += 1;
        return judged.admitted;
      });
      if (isKnown) return { answer };
      const fields = { v: 1, sender, record: pack(asked), refused, expiresAt: expiry(options, time) };
      return {
        answer,
        write: (batch, unchanged) =>
          snapshot.exists
            ? batch.update(snapshot.ref, fields, unchanged)
            : batch.create(snapshot.ref, fields),
      };
    });
  }

  const judgeOne = gather(JUDGED_AT_ONCE, judgeTogether);

  return {
    admit: async (sender, document, allowance) =>
      (await judgeOne(sender, { document, allowance })) ? "admitted" : "refused",
    async asked(sender, withinMs) {
      const snapshot = await readOne(senders.doc(fingerprint(sender)), ["record"]);
      const since = snapshot.readTime.toMillis() + options.skewMs() - withinMs;
      const asked = snapshot.exists ? unpack(snapshot.get("record")) : [];
      return countAsked(asked.filter(({ at }) => at > since));
    },
  };
}

function pack(asked: readonly Admission[]): string {
  return JSON.stringify(asked.map(({ key, at, admitted }): Packed => [key, at, admitted ? 1 : 0]));
}

function unpack(text: string): Admission[] {
  // Older versions wrote whole keys.
  return (JSON.parse(text) as Packed[]).map(([key, at, admitted]) => ({
    key: shortKey(key),
    at,
    admitted: admitted === 1,
  }));
}
