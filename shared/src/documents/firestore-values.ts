import { DocumentReference, GeoPoint, Timestamp, VectorValue } from "../google/firestore.ts";

/** The field whose values FlutterFlow's client reads in an app. */
const PARAMETERS = "parameter_data";

/** In what form to write the types of which JSON and a reader have different ideas. */
interface Forms {
  time(value: Timestamp): unknown;
  point(value: GeoPoint): unknown;
}

const FOR_PEOPLE: Forms = {
  time: (value) => value.toDate().toISOString(),
  point: ({ latitude, longitude }) => ({ latitude, longitude }),
};

/** As the client's `getParameter` reads a `DateTime` and a `LatLng`, and as it writes them. */
const FOR_APPS: Forms = {
  time: (value) => value.toMillis(),
  point: ({ latitude, longitude }) => `${latitude},${longitude}`,
};

/** A value of a document as plain JSON: what JSON has no type for becomes the nearest that its reader understands. */
function plain(value: unknown, forms: Forms): unknown {
  if (typeof value !== "object" || value === null) return numberless(value) ? null : value;
  if (value instanceof Timestamp) return forms.time(value);
  if (value instanceof DocumentReference) return value.path;
  if (value instanceof GeoPoint) return forms.point(value);
  if (value instanceof VectorValue) return value.toArray().map((item) => plain(item, forms));
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map((item) => plain(item, forms));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item, forms)]));
}

/** A document's fields as plain JSON, each in the form for those who read it. */
export function plainFields(fields: object): Record<string, unknown> {
  const entries = Object.entries(fields);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, plain(value, name === PARAMETERS ? FOR_APPS : FOR_PEOPLE)]),
  );
}

/** Firestore's numbers may be what JSON writes as null. */
function numberless(value: unknown): boolean {
  return typeof value === "number" && !Number.isFinite(value);
}
