import { googleHeaders } from "./auth.ts";
import { databaseOf, type Firestore } from "./firestore.ts";
import { createGrpcChannel, type GrpcChannel } from "./grpc-stream.ts";
import { writeField, writeNumber } from "./protobuf.ts";

/**
 * A query, in the words of google.firestore.v1.StructuredQuery (firestore/v1/query.proto), as far as registrations
 * need it.
 */
export interface StructuredQuery {
  select: { fields: { fieldPath: string }[] };
  from: [{ collectionId: string; allDescendants: boolean }];
  where?: Filter;
  orderBy: { field: { fieldPath: string }; direction: "ASCENDING" }[];
  /** The values of the document to begin behind, one for each of `orderBy`. */
  startAt?: { values: Value[]; before: false };
}

export interface Filter {
  compositeFilter: { op: "AND"; filters: { fieldFilter: FieldFilter }[] };
}

export interface FieldFilter {
  field: { fieldPath: string };
  op: keyof typeof OPERATORS;
  value: Value;
}

export type Value =
  | { stringValue: string }
  | { referenceValue: string }
  | { arrayValue: { values: { stringValue: string }[] } };

/** Queries without the client's own objects: documents come as the bytes of google.firestore.v1.RunQueryResponse. */
export interface Queries {
  /** `projects/{project}/databases/{database}/documents`, which begins the name of every document. */
  root: string;
  /** @param parent the name of a document, or the root. @throws GrpcError */
  run(parent: string, query: StructuredQuery): AsyncGenerator<Buffer[]>;
}

/** What reading and writing documents is allowed by (developers.google.com/identity/protocols/oauth2/scopes). */
const SCOPE = "https://www.googleapis.com/auth/datastore";
const METHOD = "/google.firestore.v1.Firestore/RunQuery";

/** Queries of a client's database, on a connection of their own. */
export function createQueries(firestore: Firestore): Queries {
  const database = databaseOf(firestore);
  return queriesOn(openChannel(database), database);
}

export function queriesOn(channel: GrpcChannel, database: string): Queries {
  const root = `${database}/documents`;
  return {
    root,
    run: (parent, query) =>
      channel.stream(METHOD, Buffer.concat([writeField(1, parent), writeField(2, encodeQuery(query))])),
  };
}

/** To the emulator where FIRESTORE_EMULATOR_HOST names one, as Google's client does. */
function openChannel(database: string): GrpcChannel {
  const emulator = process.env.FIRESTORE_EMULATOR_HOST;
  // By these Firestore finds the database before it has read the request.
  const routing = {
    "google-cloud-resource-prefix": database,
    "x-goog-request-params": `database=${encodeURIComponent(database)}`,
  };
  if (emulator) {
    const headers = async () => ({ ...routing, authorization: "Bearer owner" });
    return createGrpcChannel({ origin: `http://${emulator}`, headers });
  }
  const whoAsks = googleHeaders(SCOPE);
  const headers = async () => ({ ...routing, ...(await whoAsks()) });
  return createGrpcChannel({ origin: "https://firestore.googleapis.com", headers });
}

const OPERATORS = { LESS_THAN_OR_EQUAL: 2, GREATER_THAN: 3, IN: 8 } as const;
const AND = 1;
const ASCENDING = 1;

const encodeField = ({ fieldPath }: { fieldPath: string }) => [writeField(2, fieldPath)];

export function encodeQuery({ select, from, where, orderBy, startAt }: StructuredQuery): Buffer[] {
  const [{ collectionId, allDescendants }] = from;
  const parts = [
    writeField(
      1,
      select.fields.map((field) => writeField(2, encodeField(field))),
    ),
    writeField(2, [writeField(2, collectionId), ...(allDescendants ? [writeNumber(3, 1)] : [])]),
  ];
  if (where) parts.push(writeField(3, encodeFilter(where)));
  for (const { field } of orderBy)
    parts.push(writeField(4, [writeField(1, encodeField(field)), writeNumber(2, ASCENDING)]));
  if (startAt)
    parts.push(
      writeField(
        7,
        startAt.values.map((value) => writeField(1, encodeValue(value))),
      ),
    );
  return parts;
}

function encodeFilter({ compositeFilter }: Filter): Buffer[] {
  const filters = compositeFilter.filters.map(({ fieldFilter: { field, op, value } }) => {
    const parts = [writeField(1, encodeField(field)), writeNumber(2, OPERATORS[op])];
    return writeField(2, [writeField(2, [...parts, writeField(3, encodeValue(value))])]);
  });
  return [writeField(1, [writeNumber(1, AND), ...filters])];
}

function encodeValue(value: Value): Buffer[] {
  if ("stringValue" in value) return [writeField(17, value.stringValue)];
  if ("referenceValue" in value) return [writeField(5, value.referenceValue)];
  const values = value.arrayValue.values.map((one) => writeField(1, encodeValue(one)));
  return [writeField(9, values)];
}
