import type { Chance } from "../../chaos/chance.ts";
import { type Json, type Place, placesIn } from "./json.ts";
import { anyValue, control, deep, halfCharacter, hugeText, oddKey, oddNumber, wide } from "./values.ts";

type Fields = { fields: [string, Json][] };

/** Changes a value at one place. */
type Mutation = (place: Place, chance: Chance, secret: string) => void;

const fieldsOf = ({ value }: Place): [string, Json][] | undefined => (value as Fields | null)?.fields;

/** Puts a text in the place of another, next to it or around it. */
function spoil({ value, put }: Place, text: string, chance: Chance): void {
  if (typeof value !== "string" || chance.is(0.3)) put(text);
  else put(chance.pick([value + text, text + value, value.slice(0, 3) + text]));
}

const ON_OBJECTS: Record<string, Mutation> = {
  "field dropped": (place, chance) => {
    const fields = fieldsOf(place) ?? [];
    fields.splice(chance.between(0, fields.length - 1), 1);
  },
  "field doubled": (place, chance, secret) => {
    const fields = fieldsOf(place) ?? [];
    const [key, value] = chance.pick(fields);
    fields.splice(chance.between(0, fields.length), 0, [key, chance.pick([value, secret, null])]);
  },
  "field unknown": (place, chance, secret) =>
    void fieldsOf(place)?.push([
      chance.pick([secret, "more", "Title", "title "]),
      chance.pick([secret, anyValue(chance)]),
    ]),
  "key of a prototype": (place, chance, secret) =>
    void fieldsOf(place)?.push([oddKey(chance), chance.pick([secret, { fields: [[secret, secret]] }, null])]),
  "key not Unicode": (place, chance, secret) =>
    void fieldsOf(place)?.push([secret + chance.pick([halfCharacter(chance), control(chance)]), secret]),
};

const ANYWHERE: Record<string, Mutation> = {
  "other type": ({ put }, chance, secret) =>
    put(
      chance.pick([
        null,
        true,
        7,
        "",
        secret,
        { list: [] },
        { list: [secret] },
        { fields: [] },
        { fields: [[secret, 1]] },
      ]),
    ),
  "any value": ({ put }, chance) => put(anyValue(chance)),
  "odd number": ({ put }, chance) => put(oddNumber(chance)),
  "huge text": (place, chance, secret) => spoil(place, hugeText(chance, secret), chance),
  "half a character": (place, chance, secret) => spoil(place, halfCharacter(chance) + secret, chance),
  "control characters": (place, chance, secret) => spoil(place, secret + control(chance), chance),
  "secret in its place": ({ put }, _chance, secret) => put(secret),
  deep: ({ put }, chance, secret) => put(deep(chance, secret)),
  wide: ({ put }, chance, secret) => put(wide(chance, secret)),
};

/** Changes a value at one place or several, and tells how. */
export function mutate(json: Json, chance: Chance, secret: string): { json: Json; kind: string } {
  const root = { json };
  const kinds = chance.many(1, chance.is(0.8) ? 1 : 3, () => {
    const places = placesIn(root.json, (other) => void Object.assign(root, { json: other }));
    const objects = places.filter((place) => (fieldsOf(place)?.length ?? 0) > 0);
    const onObject = objects.length > 0 && chance.is(0.4);
    const [kind, change] = chance.pick(Object.entries(onObject ? ON_OBJECTS : ANYWHERE));
    change(chance.pick(onObject ? objects : places), chance, secret);
    return kind;
  });
  return { json: root.json, kind: kinds[0] ?? "" };
}

/** Changes JSON text into what is not JSON, mostly. */
export function breakText(text: string, chance: Chance, secret: string): string {
  const at = chance.between(0, text.length);
  return chance.pick([
    () => text.slice(0, at),
    () => `${text.slice(0, at)},${text.slice(at)}`,
    () => text.replaceAll('"', "'"),
    () => `\ufeff${text}`,
    () => `${text}\n${text}`,
    () => `// ${secret}\n${text}`,
    () => secret,
    () => `${text}${secret}`,
    () => "",
    () => " \n",
  ])();
}

/** Changes bytes: flips, cuts, doubles and inserts. */
export function breakBytes(bytes: Buffer, chance: Chance): Buffer {
  const changed = Buffer.from(bytes);
  const at = chance.between(0, Math.max(0, bytes.length - 1));
  return chance.pick([
    () => changed.fill(chance.between(0, 255), at, at + 1),
    () => changed.subarray(0, at),
    () => Buffer.concat([bytes, bytes.subarray(at)]),
    () =>
      Buffer.concat([
        bytes.subarray(0, at),
        Buffer.alloc(chance.pick([1, 9, 4_000]), chance.between(0, 255)),
        bytes.subarray(at),
      ]),
    () => Buffer.from(chance.many(1, 200, () => chance.between(0, 255))),
  ])();
}
