import { isDeepStrictEqual } from "node:util";
import { isAnswer, mayAnswer } from "../domain/flutterflow-status.ts";
import type { Database } from "../sqlite/database.ts";
import { typed } from "./fields.ts";
import type { Documents, FlutterFlowDocument } from "./index.ts";

const COLUMNS = "path, created_at AS createdAt, updated_at AS updatedAt, fields";
const BATCH = 500;

/** As they would come back from Firestore. */
const PLAIN = { time: (time: number) => new Date(time).toISOString(), reference: (path: string) => path };

/** Documents as rows of a data file, for what runs without Firestore. */
export function createSqliteDocuments({ sql, write }: Database, now: () => number = Date.now): Documents {
  function read(path: string): FlutterFlowDocument | null {
    const row = sql(`SELECT ${COLUMNS} FROM ff_documents WHERE path = ?`).get(path);
    return row ? documentOf(row) : null;
  }

  function replace(path: string, fields: Record<string, unknown>): void {
    const text = `INSERT INTO ff_documents (path, created_at, updated_at, fields) VALUES (?, ?, ?, ?)
      ON CONFLICT (path) DO UPDATE SET updated_at = max(excluded.updated_at, updated_at + 1), fields = excluded.fields`;
    const time = now() * 1_000;
    sql(text).run(path, time, time, JSON.stringify(fields));
  }

  return {
    get: async (path) => read(path),
    async answer({ path, createdAt, status }, answer) {
      return write(() => {
        const found = read(path);
        if (found?.createdAt !== createdAt || !mayAnswer(found.fields.status, status)) return "left";
        // A part of the answer that is not given is no entry of the text, and leaves the field as it is.
        replace(path, { ...found.fields, ...JSON.parse(JSON.stringify(answer)) });
        return "written";
      });
    },
    async *unanswered() {
      for (let after: string | undefined = ""; after !== undefined; ) {
        const text = `SELECT ${COLUMNS} FROM ff_documents WHERE path > ? ORDER BY path LIMIT ${BATCH}`;
        const documents: FlutterFlowDocument[] = sql(text).all(after).map(documentOf);
        yield* documents.filter(({ fields }) => !isAnswer(fields.status));
        after = documents.at(-1)?.path;
      }
    },
    async put(documents) {
      write(() => {
        for (const { path, fields } of documents) {
          const plain = JSON.parse(JSON.stringify(typed(fields, PLAIN)));
          if (!isDeepStrictEqual(read(path)?.fields, plain)) replace(path, plain);
        }
      });
    },
    async remove(path) {
      sql("DELETE FROM ff_documents WHERE path = ?").run(path);
    },
  };
}

function documentOf(row: Record<string, unknown>): FlutterFlowDocument {
  return { ...(row as unknown as FlutterFlowDocument), fields: JSON.parse(String(row.fields)) };
}
