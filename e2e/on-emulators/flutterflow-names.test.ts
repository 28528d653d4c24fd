import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fanfare } from "@fanfare/cli/testing/fanfare";
import { makeFolder } from "@fanfare/local/testing/folder";
import { describeOnEmulators } from "@fanfare/shared/testing/emulators";
import { Firestore } from "@google-cloud/firestore";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Installation, startInstallation } from "../testing/emulated.ts";

/** Every setting that names something, none as it comes. */
const NAMES = {
  FANFARE_DATABASE: "other",
  FANFARE_USERS_COLLECTION: "people",
  FANFARE_TOKENS_COLLECTION: "devices",
  FANFARE_COLLECTION_PREFIX: "push_",
  FANFARE_TOPIC_PREFIX: "push-",
};

const DEVICES = `fcm_token,device_type,user
ada-iphone:APA91b,iPhone,ada
bob-android:APA91b,Android,people/bob
`;

describeOnEmulators("an installation whose names are all set", ["pubsub", "firestore"], () => {
  let installation: Installation;
  beforeAll(async () => {
    // The store of this process reads them as well.
    Object.assign(process.env, NAMES);
    installation = await startInstallation({ population: [] });
  });
  afterAll(async () => {
    for (const name of Object.keys(NAMES)) delete process.env[name];
    await installation?.close();
  });

  const on = (...args: string[]) => fanfare([...args, "--project", installation.project], NAMES);
  const reached = (id: string) => [...installation.simulator.control.log(id)].map(({ address }) => address);

  async function collectionsOf(databaseId: string): Promise<string[]> {
    const firestore = new Firestore({ projectId: installation.project, databaseId });
    const collections = await firestore.listCollections();
    await firestore.terminate();
    return collections.map(({ id }) => id);
  }

  test("rule 13: devices are imported to where broadcasts look for them, and every command finds what it is about", async () => {
    const file = join(makeFolder(), "devices.csv");
    writeFileSync(file, DEVICES);
    expect((await on("import", file)).stdout).toBe("2 registrations imported, 0 lines refused.\n");
    expect((await on("estimate", "--users", "ada,people/eve")).stdout).toContain(
      "1 registrations\n1 of 2 listed users have none: people/eve\n",
    );
    const content = ["--title", "Hello", "--text", "World", "--confirm", "2", "--json"];
    const sent = await on("send", ...content, "--users", "ada,people/bob");
    const { broadcastId } = JSON.parse(sent.stdout);
    expect((await installation.finished(broadcastId)).phase).toBe("succeeded");
    expect(reached(broadcastId).toSorted()).toEqual(["ada-iphone:APA91b", "bob-android:APA91b"]);
    expect(await on("doctor")).toMatchObject({ code: 0, stdout: expect.not.stringMatching(/^!!/m) });
  });

  test("rule 13: nothing is written under the names that were not set", async () => {
    expect(await collectionsOf("(default)")).toEqual([]);
    const others = (await collectionsOf("other")).filter((id) => !id.startsWith("push_"));
    expect(others.filter((id) => id !== "people")).toEqual([]);
  });
});
