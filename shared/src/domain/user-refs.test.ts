import fc from "fast-check";
import { expect, test } from "vitest";
import { normalizeUserRefs } from "./user-refs.ts";

test.each<[ref: string, path: string]>([
  ["users/a", "users/a"],
  ["/users/a", "users/a"],
  [" users/a ", "users/a"],
  ["\t/users/a\n", "users/a"],
  ["a", "users/a"],
  ["/a", "users/a"],
  ["users", "users/users"],
  ["Grüße 👋🏽", "users/Grüße 👋🏽"],
  ["users/a.b", "users/a.b"],
  ["...", "users/..."],
])("%j means %s", (ref, path) => {
  expect(normalizeUserRefs([ref], "users")).toEqual({ paths: [path], refused: [] });
});

test.each(["", "  ", "/", "\n"])("%j, as a trailing comma leaves it, means nobody", (ref) => {
  expect(normalizeUserRefs([ref], "users")).toEqual({ paths: [], refused: [] });
});

test.each([
  "posts/a",
  "Users/a",
  "users/a/fcm_tokens/t",
  "users/a/fcm_tokens",
  "users/",
  "users/a/",
  "users//a",
  "//users/a",
  "users/.",
  "users/..",
  ".",
  "..",
  "../users/a",
  "https://example.com/users/a",
])("%j is refused, as it was written", (ref) => {
  expect(normalizeUserRefs([ref], "users")).toEqual({ paths: [], refused: [ref] });
});

test("the collection is the installation's own", () => {
  const { paths, refused } = normalizeUserRefs(["members/a", "b", "users/c"], "members");
  expect(paths).toEqual(["members/a", "members/b"]);
  expect(refused).toEqual(["users/c"]);
});

test("doubles count once, the first decides the order, and one bad entry spoils no other", () => {
  const refs = ["users/b", "a", "/users/b", "", "posts/x", "users/a", "c", "posts/x"];
  const { paths, refused } = normalizeUserRefs(refs, "users");
  expect(paths).toEqual(["users/b", "users/a", "users/c"]);
  expect(refused).toEqual(["posts/x", "posts/x"]);
});

test("no list ever leads out of the collection, and what was taken is taken again", () => {
  const part = fc.oneof(fc.constantFrom("users", "posts", "", "..", "."), fc.string({ maxLength: 4 }));
  const ref = fc.array(part, { maxLength: 4 }).map((parts) => parts.join("/"));
  const property = fc.property(fc.array(ref), (refs) => {
    const { paths } = normalizeUserRefs(refs, "users");
    for (const path of paths) expect(path).toMatch(/^users\/[^/]+$/s);
    expect(paths).not.toContain("users/.");
    expect(paths).not.toContain("users/..");
    expect(new Set(paths).size).toBe(paths.length);
    expect(normalizeUserRefs(paths, "users").refused).toEqual([]);
  });
  fc.assert(property);
});
