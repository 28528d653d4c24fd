import { DocumentReference, GeoPoint, Timestamp, VectorValue } from "../runtime/firestore.ts";

/** A value of a document as plain JSON: what JSON has no type for becomes the nearest that a person can read. */
export function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return numberless(value) ? null : value;
  if (value instanceof Timestamp) return value.toDate().toISOString();
  if (value instanceof DocumentReference) return value.path;
  if (value instanceof GeoPoint) return { latitude: value.latitude, longitude: value.longitude };
  if (value instanceof VectorValue) return value.toArray().map(plain);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(plain);
  return plainFields(value);
}

export function plainFields(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plain(value)]));
}

/** Firestore's numbers may be what JSON writes as null. */
function numberless(value: unknown): boolean {
  return typeof value === "number" && !Number.isFinite(value);
}
