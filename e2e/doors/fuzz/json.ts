/** JSON that can hold what a JavaScript value cannot: a key twice, in any order, and text that is not JSON. */
export type Json =
  | string
  | number
  | boolean
  | null
  | { raw: string }
  | { list: Json[] }
  | { fields: [string, Json][] };

export function toJson(value: unknown): Json {
  if (Array.isArray(value)) return { list: value.map(toJson) };
  if (typeof value === "object" && value !== null)
    return { fields: Object.entries(value).map(([key, one]) => [key, toJson(one)]) };
  return value as Json;
}

export function render(json: Json): string {
  if (typeof json !== "object" || json === null) return JSON.stringify(json);
  if ("raw" in json) return json.raw;
  if ("list" in json) return `[${json.list.map(render).join(",")}]`;
  return `{${json.fields.map(([key, one]) => `${JSON.stringify(key)}:${render(one)}`).join(",")}}`;
}

/** A value with the means to put another in its place. */
export interface Place {
  value: Json;
  put(value: Json): void;
}

/** Every place below a value, its own included. */
export function placesIn(value: Json, put: (value: Json) => void): Place[] {
  const own = { value, put };
  if (typeof value !== "object" || value === null || "raw" in value) return [own];
  if ("list" in value)
    return [
      own,
      ...value.list.flatMap((one, at) => placesIn(one, (other) => void value.list.splice(at, 1, other))),
    ];
  return [
    own,
    ...value.fields.flatMap(([key, one], at) =>
      placesIn(one, (other) => void value.fields.splice(at, 1, [key, other])),
    ),
  ];
}
