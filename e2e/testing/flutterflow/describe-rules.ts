import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import {
  asAppsWrite,
  create,
  type Fields,
  loadRules,
  reference,
  request,
  signedIn,
  text,
  type Verdict,
} from "../rules.ts";
import type { App } from "./app.ts";

const RULES = readFileSync(join(import.meta.dirname, "../../../deploy/firestore/firestore.rules"), "utf8");

/** What an app may write in the database that the functions read, by the rules that Fanfare deploys. */
export function describeRules(appOf: () => App): void {
  const project = () => appOf().installation.project;
  beforeAll(() => loadRules(project(), RULES));

  const write = (changes: (fields: Fields) => Fields): Promise<Verdict> => {
    const fields = changes(asAppsWrite(project(), "users/ada"));
    return request(project(), signedIn("ada"), create("ff_user_push_notifications", fields));
  };

  test("rule 4: the rules refuse an app's document without a sender, so that it has its user's allowance", async () => {
    expect(await write((fields) => fields)).toBe("allowed");
    expect(await write(({ sender: _, ...rest }) => rest)).toBe("denied");
    const bob = reference(project(), "users/bob");
    expect(await write((fields) => ({ ...fields, sender: bob }))).toBe("denied");
  });

  test("rule 5: the rules let an app write an audience of any text next to the users that it lists", async () => {
    expect(await write((fields) => ({ ...fields, target_audience: text("Individual") }))).toBe("allowed");
  });

  test("rule 3: the rules let an app keep an inbox with a status of its own", async () => {
    const inbox = { status: text("unread"), user_ref: text("users/bob"), is_read: { booleanValue: false } };
    expect(await write(({ user_refs: _, ...fields }) => ({ ...fields, ...inbox }))).toBe("allowed");
  });
}
