import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  broadcastId,
  broadcastOf,
  chunkId,
  deadLetterId,
  documentKey,
  fingerprint,
  rangeId,
  registrationId,
  replacedId,
  replacedIdOfV1,
  tombstoneId,
} from "./ids.ts";

const ID = broadcastId("caller", "key");

describe("a broadcast's id", () => {
  test("is derived: always the same for the same caller and key", () => {
    expect(broadcastId("caller", "key")).toBe(ID);
    // Written out, because stored records and other releases rely on it.
    expect(ID).toBe("b394f1ed4a29b459e9f82c6d7");
    expect(ID).toMatch(/^b[0-9a-f]{24}$/);
  });

  test("differs for any other caller or key, however the two are split", () => {
    const pair = fc.tuple(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }));
    const property = fc.property(pair, pair, (one, other) => {
      fc.pre(one[0] !== other[0] || one[1] !== other[1]);
      expect(broadcastId(...one)).not.toBe(broadcastId(...other));
    });
    fc.assert(property);
    expect(broadcastId("ab", "c")).not.toBe(broadcastId("a", "bc"));
    expect(broadcastId("a,b", "c")).not.toBe(broadcastId("a", "b,c"));
    expect(broadcastId('a","b', "c")).not.toBe(broadcastId("a", 'b","c'));
  });
});

describe("ids of ranges and chunks", () => {
  test("hold what they belong to", () => {
    expect(rangeId(ID, 0)).toBe(`${ID}.000`);
    expect(chunkId(rangeId(ID, 400), 12)).toBe(`${ID}.400.000012`);
    expect(broadcastOf(rangeId(ID, 7))).toBe(ID);
    expect(broadcastOf(chunkId(rangeId(ID, 7), 3))).toBe(ID);
  });

  test("sort as text in the order in which they were made", () => {
    const place = fc.tuple(fc.nat(400), fc.nat(999_999));
    const property = fc.property(place, place, ([range, chunk], [otherRange, otherChunk]) => {
      const id = chunkId(rangeId(ID, range), chunk);
      const other = chunkId(rangeId(ID, otherRange), otherChunk);
      expect(Math.sign(range - otherRange || chunk - otherChunk)).toBe(id < other ? -1 : id > other ? 1 : 0);
    });
    fc.assert(property);
  });
});

describe("a fingerprint", () => {
  const value = { title: "x", data: { a: "1", b: ["2", { c: null, d: true }] }, at: 5 };

  test("is the same whatever the order of fields", () => {
    const same = { at: 5, data: { b: ["2", { d: true, c: null }], a: "1" }, title: "x" };
    expect(fingerprint(same)).toBe(fingerprint(value));
    expect(fingerprint({ ...value, none: undefined })).toBe(fingerprint(value));
    expect(fingerprint(JSON.parse(JSON.stringify(value)))).toBe(fingerprint(value));
  });

  test("is the same for any value after a way through JSON", () => {
    const property = fc.property(fc.jsonValue(), (any) => {
      const again = JSON.parse(JSON.stringify(any));
      expect(fingerprint(again)).toBe(fingerprint(any));
    });
    fc.assert(property);
  });

  test.each<[string, unknown]>([
    ["another value", { ...value, at: 6 }],
    ["a number for a text", { ...value, title: 5 }],
    ["another field", { ...value, more: null }],
    ["another order in a list", { ...value, data: { a: "1", b: [{ c: null, d: true }, "2"] } }],
    ["a field moved into another", { title: "x", at: 5, data: { a: "1", b: ["2", { c: null }], d: true } }],
    ["a list for an object", ["x"]],
    ["nothing", undefined],
  ])("differs for %s", (_, other) => {
    expect(fingerprint(other)).not.toBe(fingerprint(value));
  });
});

test("ids of tombstones differ by broadcast and by document", () => {
  const ids = [
    tombstoneId(ID, "users/a/fcm_tokens/t"),
    tombstoneId(ID, "users/b/fcm_tokens/t"),
    tombstoneId(broadcastId("x", "y"), "users/a/fcm_tokens/t"),
  ];
  expect(new Set(ids).size).toBe(3);
  expect(tombstoneId(ID, "users/a/fcm_tokens/t")).toBe(ids[0]);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
});

test("a document's key is its path's and its creation's", () => {
  const key = documentKey({ path: "ff_push_notifications/a", createdAt: 1_800_000_000_123_456 });
  // Written out, because stored records and other releases rely on it.
  expect(key).toBe("8288dc8a28b2f07bb2aebacc30871275");
  expect(documentKey({ path: "ff_push_notifications/a", createdAt: 1_800_000_000_123_457 })).not.toBe(key);
  expect(documentKey({ path: "ff_user_push_notifications/a", createdAt: 1_800_000_000_123_456 })).not.toBe(
    key,
  );
});

test("the ids of an address are derived from all of it, and do not tell it", () => {
  // Written out, because documents in apps' databases rely on it.
  expect(registrationId("address")).toBe("d80c9bf910f144738ef9");
  expect(replacedIdOfV1("address")).toBe("de4030b87b322f93ec3108f5bd996800");
  expect(replacedId("address", "users/a")).toBe("7db78162e55024a3fe1b36fd09fda968");
  expect(replacedId("address", "users/a")).not.toContain(registrationId("address"));
  expect(registrationId("address")).not.toBe(registrationId("address2"));
  expect(replacedId("address", "users/a")).not.toBe(replacedId("address", "users/b"));
});

test("ids are those of version 0.1.0, of any text", () => {
  expect(broadcastId("Häuser", "\u{1F600} 値")).toBe("b6284b610e16aecef9f470aa6");
  expect(fingerprint({ title: "é", data: { b: "2", a: "1" }, at: 5 })).toBe(
    "d1de2c125b578f6a2f7a23d52b9dab2c333b5324bffe7025bcc32da3e183dc95",
  );
  expect(tombstoneId(ID, "users/a/fcm_tokens/t")).toBe("482bbc4c36fab2317cc227e5eeaef07c");
  expect(deadLetterId("sender-chunks", "m1")).toBe("323da7a6d8071c09de68a4c90ad56635");
  expect(registrationId("é".repeat(100))).toBe("f42ec48e1e4b487e590e");
  expect(registrationId("\uD800")).toBe("83d544ccc223c057d2bf");
});
