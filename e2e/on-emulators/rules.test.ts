import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describeOnEmulators, freshProject } from "@fanfare/shared/testing/emulators";
import { beforeAll, expect, test } from "vitest";
import {
  ADMIN,
  asAppsWrite,
  create,
  type Fields,
  loadRules,
  type Request,
  reference,
  request,
  signedIn,
  text,
  type Verdict,
} from "../testing/rules.ts";

const RULES = readFileSync(join(import.meta.dirname, "../../deploy/firestore/firestore.rules"), "utf8");

const CALLERS = {
  nobody: null,
  ada: signedIn("ada"),
  bob: signedIn("bob"),
  guest: signedIn("guest", "anonymous"),
  admin: ADMIN,
};
type Name = keyof typeof CALLERS;

/** Who may c(reate), g(et), l(ist), u(pdate) or d(elete) a document whose sender is Ada. */
const MAY = [
  // collection, then nobody, ada, bob, guest, admin
  ["ff_user_push_notifications", "-----", "c----", "-----", "-----", "cglud"],
  ["ff_push_notifications", "-----", "-----", "-----", "-----", "cglud"],
  ["users/ada/fcm_tokens", "-----", "-----", "-----", "-----", "cglud"],
  ["schools/one/pupils/ada/fcm_tokens", "-----", "-----", "-----", "-----", "cglud"],
  ["fcm_tokens", "-----", "-----", "-----", "-----", "cglud"],
  ["fanfare_broadcasts", "-----", "-----", "-----", "-----", "cglud"],
  ["fanfare_broadcasts/b/fanfare_chunks", "-----", "-----", "-----", "-----", "cglud"],
  ["fanfare_pruned", "-----", "-----", "-----", "-----", "cglud"],
  ["fanfare_whatever_comes", "-----", "-----", "-----", "-----", "cglud"],
] as const;

/** By its letter in the table. Each caller has a document to delete that no other touches. */
function operations(project: string, collection: string, name: Name): Record<string, Request> {
  const fields = { notification_title: text("Changed") };
  const update = `/${collection}/kept?updateMask.fieldPaths=notification_title&currentDocument.exists=true`;
  return {
    c: create(collection, asAppsWrite(project, "users/ada")),
    g: { method: "GET", path: `/${collection}/kept` },
    l: { method: "GET", path: `/${collection}` },
    u: { method: "PATCH", path: update, body: { fields } },
    d: { method: "DELETE", path: `/${collection}/of-${name}?currentDocument.exists=true` },
  };
}

async function tryAll(project: string, collection: string, name: Name): Promise<string> {
  const verdicts = Object.entries(operations(project, collection, name)).map(async ([letter, one]) =>
    (await request(project, CALLERS[name], one)) === "allowed" ? letter : "-",
  );
  return (await Promise.all(verdicts)).join("");
}

/** Documents of Ada's in every collection of the table, written by a server. */
async function seed(project: string): Promise<void> {
  const names = ["kept", ...Object.keys(CALLERS).map((name) => `of-${name}`)];
  const writes = MAY.flatMap(([collection]) => names.map((name) => `${collection}/${name}`)).map((path) => ({
    update: {
      name: reference(project, path).referenceValue,
      fields: asAppsWrite(project, "users/ada"),
    },
  }));
  await request(project, ADMIN, { method: "POST", path: ":commit", body: { writes } });
}

async function under(rules: string): Promise<string> {
  const project = freshProject();
  await loadRules(project, rules);
  return project;
}

/** The rules as somebody has merged them with others. */
const withRules = (more: string) =>
  RULES.replace(
    /(documents \{\n)/,
    (line) => `${line}${more.replaceAll("CONDITION", "request.auth != null")}\n`,
  );

/** What the comment tells people to take in the place of broad rules. */
const NARROWED = [...RULES.matchAll(/^\/\/ {3}\| (.*)$/gm)].map(([, line]) => line).join("\n");

function createFor(project: string, name: Name, changes: Fields, left: string[] = []): Promise<Verdict> {
  const fields = { ...asAppsWrite(project, `users/${name}`), ...changes };
  for (const field of left) delete fields[field];
  return request(project, CALLERS[name], create("ff_user_push_notifications", fields));
}

describeOnEmulators("the rules for clients", ["firestore"], () => {
  let project: string;

  beforeAll(async () => {
    project = await under(RULES);
    await seed(project);
  });

  test.each(MAY)("%s: nobody %s, ada %s, bob %s, guest %s, admin %s", async (collection, ...expected) => {
    const names = Object.keys(CALLERS) as Name[];
    const found = await Promise.all(names.map((name) => tryAll(project, collection, name)));
    expect(found).toEqual(expected);
  });

  test.each([
    ["fcm_tokens", "nobody", "denied"],
    ["fcm_tokens", "ada", "denied"],
    ["fcm_tokens", "guest", "denied"],
    ["fcm_tokens", "admin", "allowed"],
    ["fanfare_chunks", "nobody", "denied"],
    ["fanfare_chunks", "ada", "denied"],
    ["fanfare_chunks", "guest", "denied"],
    ["fanfare_chunks", "admin", "allowed"],
    ["ff_user_push_notifications", "ada", "denied"],
    ["ff_user_push_notifications", "admin", "allowed"],
  ] as const)("the collection group %s, queried by %s: %s", async (collectionId, name, expected) => {
    const body = { structuredQuery: { from: [{ collectionId, allDescendants: true }] } };
    const query: Request = { method: "POST", path: ":runQuery", body };
    expect(await request(project, CALLERS[name], query)).toBe(expected);
  });

  test.each([
    ["oneself", "users/ada", "allowed"],
    ["somebody else", "users/bob", "denied"],
    ["a document of another collection", "members/ada", "denied"],
    ["a document below one's own", "users/ada/fcm_tokens/one", "denied"],
  ])("a sender that is %s (%s): %s", async (_, sender, expected) => {
    const changes = { sender: reference(project, sender) };
    expect(await createFor(project, "ada", changes)).toBe(expected);
  });

  test("a sender that is text, empty or missing is refused", async () => {
    const senders = [text("users/ada"), text("/users/ada"), text("ada"), { nullValue: null }];
    for (const sender of senders) expect(await createFor(project, "ada", { sender })).toBe("denied");
    expect(await createFor(project, "ada", {}, ["sender"])).toBe("denied");
  });

  test("somebody who is signed in without a name sends as that account, and no other", async () => {
    expect(await createFor(project, "guest", {})).toBe("allowed");
    expect(await createFor(project, "guest", { sender: reference(project, "users/ada") })).toBe("denied");
  });

  test.each([
    ["status", text("started")],
    ["status", text("unread")],
    ["status", { nullValue: null }],
    ["num_sent", { integerValue: "0" }],
    ["error", text("")],
    ["target_audience", text("Individual")],
    ["batch_index", { integerValue: "0" }],
    ["num_batches", { integerValue: "1" }],
    ["notification_image_url", text("https://example.com/a.png")],
    ["notification_sound", text("default")],
    ["scheduled_time", { timestampValue: "2027-02-01T08:00:00Z" }],
    ["a_field_of_its_own", text("whatever")],
  ])("a document with %s %o is allowed, and in the name of another user denied", async (field, value) => {
    const fields = { [field]: value };
    const asAnother = { ...fields, sender: reference(project, "users/bob") };
    expect(await createFor(project, "ada", fields)).toBe("allowed");
    expect(await createFor(project, "ada", asAnother)).toBe("denied");
    expect(await createFor(project, "ada", fields, ["sender"])).toBe("denied");
  });

  test("another users collection is the one line that the comment names", async () => {
    const lines = RULES.split("\n");
    const at = lines.findIndex((line) => line.includes("FANFARE_USERS_COLLECTION, change this line")) + 1;
    const changed = lines.with(at, (lines[at] ?? "").replace("/users/", "/Members/")).join("\n");
    const other = await under(changed);
    const as = (sender: string) => createFor(other, "ada", { sender: reference(other, sender) });
    expect([await as("Members/ada"), await as("users/ada")]).toEqual(["allowed", "denied"]);
  });

  test("with the line for it, people without an account cannot send", async () => {
    const line = "&& request.auth.token.firebase.sign_in_provider != 'anonymous'";
    expect(RULES).toContain(`// ${line}`);
    const other = await under(RULES.replace("callersDocument();", `callersDocument()\n${line};`));
    const both = [await createFor(other, "guest", {}), await createFor(other, "ada", {})];
    expect(both).toEqual(["denied", "allowed"]);
  });

  test("a broad rule of the project's own opens everything, as the comment warns", async () => {
    const other = await under(withRules("match /{document=**} { allow read, write: if CONDITION; }"));
    await seed(other);
    expect(await tryAll(other, "fanfare_broadcasts", "bob")).toBe("cglud");
    expect(await tryAll(other, "users/ada/fcm_tokens", "bob")).toBe("cglud");
  });

  test("in the form that the comment gives, it opens all but Fanfare's collections", async () => {
    const other = await under(withRules(NARROWED));
    await seed(other);
    const found = await Promise.all(MAY.map(([collection]) => tryAll(other, collection, "ada")));
    expect(found).toEqual(MAY.map(([, , adas]) => adas));
    const own = (collection: string) =>
      request(other, CALLERS.bob, create(collection, { text: text("Hello") }));
    expect([await own("posts"), await own("posts/one/comments")]).toEqual(["allowed", "allowed"]);
  });
});
