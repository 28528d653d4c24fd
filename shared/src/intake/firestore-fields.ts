import { gather } from "../gather.ts";
import {
  clockOf,
  compareAndSet,
  expiry,
  type Firestore,
  type FirestoreOptions,
  readOne,
} from "../google/firestore.ts";
import type { Intake, NotedField } from "./index.ts";
import { addFields, byName, createFieldNotes, type FieldsNote, keptOf } from "./noted-fields.ts";

const NOTED_AT_ONCE = 500;

/** The fields that Fanfare does not know as one document, `{prefix}app_fields/noted`: a text that no index covers. */
export function createFields(
  firestore: Firestore,
  options: FirestoreOptions,
): Pick<Intake, "noteFields" | "fields"> {
  const record = firestore.doc(`${options.prefix}app_fields/noted`);

  function noteTogether(_: string, notes: readonly FieldsNote[]): Promise<number[]> {
    return compareAndSet(record, {}, (snapshot, readAt) => {
      const time = readAt + options.skewMs();
      const noted = addFields(snapshot.exists ? unpack(snapshot.get("record")) : [], notes, time);
      const answer = notes.map(() => time);
      if (!noted) return { answer };
      const fields = { v: 1, record: pack(noted), expiresAt: expiry(options, time) };
      return {
        answer,
        write: (batch, unchanged) =>
          snapshot.exists ? batch.update(record, fields, unchanged) : batch.create(record, fields),
      };
    });
  }

  const noteOne = gather(NOTED_AT_ONCE, noteTogether);

  return {
    noteFields: createFieldNotes(
      () => clockOf(firestore).now() + options.skewMs(),
      (note) => noteOne("noted", note),
    ),
    async fields() {
      const snapshot = await readOne(record, ["record"]);
      const noted = snapshot.exists ? unpack(snapshot.get("record")) : [];
      return byName(keptOf(noted, snapshot.readTime.toMillis() + options.skewMs()));
    },
  };
}

type Packed = [name: string, path: string, at: number];

const pack = (fields: readonly NotedField[]): string =>
  JSON.stringify(fields.map(({ name, path, at }): Packed => [name, path, at]));

function unpack(text: string): NotedField[] {
  return (JSON.parse(text) as Packed[]).map(([name, path, at]) => ({ name, path, at }));
}
