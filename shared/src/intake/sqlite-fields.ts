import type { Database } from "../sqlite/database.ts";
import type { Intake, NotedField } from "./index.ts";
import { addFields, byName, createFieldNotes, type FieldsNote, keptOf } from "./noted-fields.ts";

/** The fields that Fanfare does not know, as one row. */
export function createFields(
  { sql, write }: Database,
  now: () => number,
): Pick<Intake, "noteFields" | "fields"> {
  function read(): NotedField[] {
    const row = sql("SELECT record FROM app_fields WHERE id = 1").get();
    return JSON.parse(String(row?.record ?? "[]"));
  }

  function note(one: FieldsNote): number {
    const time = now();
    const noted = addFields(read(), [one], time);
    if (noted) sql("INSERT OR REPLACE INTO app_fields (id, record) VALUES (1, ?)").run(JSON.stringify(noted));
    return time;
  }

  return {
    noteFields: createFieldNotes(now, async (one) => write(() => note(one))),
    fields: async () => byName(keptOf(read(), now())),
  };
}
