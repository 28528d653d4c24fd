import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { broadcastsIn, inStore, makeFolder } from "@fanfare/local/testing/folder";
import { beforeEach, expect, test } from "vitest";
import { fanfare } from "../testing/fanfare.ts";

const HOUR_MS = 3_600_000;
const TO_ALL = { notification_title: "Hello", notification_text: "World", target_audience: "All" };

let folder: string;
beforeEach(() => {
  folder = makeFolder();
});

/** Documents that were written some hours ago, as `name: [hours, fields]`, and have not been taken. */
async function write(documents: Record<string, [hours: number, fields: object]>): Promise<void> {
  const paths = Object.entries(documents).map(([name, [, fields]]) => ({
    path: `ff_push_notifications/${name}`,
    fields: { ...TO_ALL, ...fields },
  }));
  await inStore(folder, (store) => store.documents.put(paths));
  const file = new DatabaseSync(join(folder, "fanfare.db"));
  for (const [name, [hours]] of Object.entries(documents))
    file
      .prepare("UPDATE ff_documents SET created_at = created_at - ? WHERE path = ?")
      .run(hours * HOUR_MS * 1_000, `ff_push_notifications/${name}`);
  file.close();
}

const iso = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();

async function catchUp(...options: string[]) {
  const { stdout, stderr, code } = await fanfare(["ff", "catch-up", "--data", folder, ...options]);
  expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
  return stdout;
}

async function sent(): Promise<(string | undefined)[]> {
  const broadcasts = await broadcastsIn(folder);
  return broadcasts.map(({ documents }) => documents?.[0]?.path.split("/")[1]).toSorted();
}

test("what was created more than a day ago is left, unless it is asked for", async () => {
  await write({ new: [1, {}], old: [48, {}], draft: [1, { status: "draft" }] });
  const left = await catchUp("--since", iso(-72));
  expect(left).toContain("ff_push_notifications/old is left as it is: it was created more than 24 hours ago");
  expect(left).toContain("1 documents taken, 1 left as they are.");
  expect(await sent()).toEqual(["new"]);

  const refused = await fanfare(["ff", "refused", "--data", folder]);
  expect(refused.stdout).toContain("ff_push_notifications/old");
  const doctor = await fanfare(["doctor", "--data", folder]);
  expect(doctor.stdout).toContain("1 document was left as it was in the last week");

  expect(await catchUp("--since", iso(-72), "--older")).not.toContain("left as");
  expect(await sent()).toEqual(["new", "old"]);
});

test("what was kept for a time that has just been missed is sent, and what was missed long ago is left", async () => {
  await write({
    missed: [48, { scheduled_time: iso(-1) }],
    long: [96, { scheduled_time: iso(-30) }],
    coming: [96, { scheduled_time: iso(30) }],
  });
  expect(await catchUp("--since", iso(-36))).toContain("2 documents taken, 1 left as they are.");
  expect(await sent()).toEqual(["coming", "missed"]);
  await catchUp("--since", iso(-36), "--older");
  expect(await sent()).toEqual(["coming", "long", "missed"]);
});
