import { inspect } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { replacedId, replacedIdOfV1 } from "../domain/ids.ts";
import type { Registration } from "../domain/registration.ts";
import { type Firestore, openFirestore, Timestamp } from "../google/firestore.ts";
import { describeOnEmulators, freshProject } from "../testing/emulators.ts";
import { afterNextCommit, beforeNextCommit, intercept, loseNextAnswer } from "../testing/firestore.ts";
import { shiftDate } from "../testing/shift-date.ts";
import { readAll } from "./contract/read.ts";
import { createFirestoreRegistrations } from "./firestore.ts";
import type { Registrations } from "./index.ts";

const DAY_MS = 86_400_000;
const TOKEN = { owner: "users/a", address: "token", kind: "token", deviceType: "iOS" } as const;
const FID = { ...TOKEN, address: "fid", kind: "fid", replaces: "token" } as const;

describeOnEmulators("registering on Firestore, with others in between", ["firestore"], () => {
  let firestores: [Firestore, Firestore];
  let registrations: Registrations;
  let other: Registrations;
  beforeEach(() => {
    const project = freshProject();
    firestores = [openFirestore({ project }), openFirestore({ project })];
    [registrations, other] = firestores.map((firestore) => createFirestoreRegistrations(firestore)) as [
      Registrations,
      Registrations,
    ];
  });
  afterEach(() => Promise.all(firestores.map((firestore) => firestore.terminate())));

  const paths = async () => (await readAll(registrations)).map(({ path, address }) => ({ path, address }));
  const under = (owner: string, address: string) => ({ path: expect.stringMatching(`^${owner}/`), address });

  test("a user who registers the device between look and commit was before", async () => {
    beforeNextCommit(firestores[0], () => other.register({ ...TOKEN, owner: "users/b" }));
    expect(await registrations.register(TOKEN)).toBe("added");
    expect(await paths()).toEqual([under("users/a", "token")]);
  });

  test("a document that the same user's other call makes between two readings is found", async () => {
    let made: Registration[] = [];
    intercept(firestores[0], async ({ method, request }, send) => {
      if (made.length === 0 && method === "batchGetDocuments" && inspect(request).includes("fcm_tokens")) {
        await other.register(TOKEN);
        made = await readAll(other);
      }
      return send();
    });
    expect(await registrations.register({ ...TOKEN, deviceType: "web" })).toBe("refreshed");
    expect(made).toHaveLength(1);
    expect(await readAll(registrations)).toEqual(made.map((one) => ({ ...one, deviceType: "web" })));
  });

  test("a token that is replaced between look and commit does not stay", async () => {
    beforeNextCommit(firestores[0], () => other.register(FID));
    await registrations.register(TOKEN);
    expect(await paths()).toEqual([under("users/a", "fid")]);
  });

  test("a token that is registered while it is being replaced does not stay", async () => {
    beforeNextCommit(firestores[0], () => other.register({ ...TOKEN, owner: "users/b" }));
    await registrations.register(FID);
    expect(await paths()).toEqual([under("users/a", "fid")]);
  });

  test("a token that another user registers once it is replaced is theirs", async () => {
    afterNextCommit(firestores[0], () => other.register({ ...TOKEN, owner: "users/b" }));
    await registrations.register(FID);
    expect(await paths()).toEqual([under("users/a", "fid"), under("users/b", "token")]);
  });

  test("a note of the version before is followed by the user who caused it, and by no other", async () => {
    const { replaces: _, ...fid } = FID;
    await registrations.register(fid);
    const [path] = (await paths()).map((one) => one.path);
    const note = { path, owner: "users/a", expiresAt: Timestamp.fromMillis(Date.now() + DAY_MS), v: 1 };
    await firestores[0].doc(`fanfare_replaced/${replacedIdOfV1("token")}`).set(note);
    expect(await registrations.register({ ...TOKEN, owner: "users/b" })).toBe("added");
    expect(await registrations.unregister("users/b", "token")).toBe("removed");
    expect(await registrations.register(TOKEN)).toBe("refreshed");
    expect(await paths()).toEqual([under("users/a", "fid")]);
    expect(await registrations.unregister("users/a", "token")).toBe("removed");
  });

  test("a commit whose answer is lost leaves one document", async () => {
    loseNextAnswer(firestores[0]);
    await registrations.register(TOKEN);
    expect(await paths()).toEqual([under("users/a", "token")]);
  });

  test("a device that is refreshed while its user signs out stays, and so does one whose user came back", async () => {
    const again = () => other.register({ ...TOKEN, deviceType: "web" });
    await registrations.register(TOKEN);
    beforeNextCommit(firestores[0], again);
    await registrations.unregister(TOKEN.owner, TOKEN.address);
    beforeNextCommit(firestores[0], again);
    await registrations.removeUser(TOKEN.owner);
    expect(await readAll(registrations)).toMatchObject([{ address: "token", deviceType: "web" }]);
  });

  test("what an app keeps beside the address stays as it is", async () => {
    const ref = firestores[0].doc("users/a/fcm_tokens/random");
    await ref.set({ fcm_token: "token", device_type: "Android", nickname: "my phone" });
    await registrations.register(TOKEN);
    expect((await ref.get()).data()).toMatchObject({ nickname: "my phone", device_type: "iOS" });
  });

  test("the note of a replaced token tells no address, and expires by the store's time", async () => {
    using _ = shiftDate(30 * DAY_MS);
    await registrations.register(FID);
    const note = await firestores[0].doc(`fanfare_replaced/${replacedId("token", "users/a")}`).get();
    const { expiresAt, path, ...rest } = note.data() ?? {};
    expect(rest).toEqual({ owner: "users/a", v: 2 });
    expect(path).toMatch(/^users\/a\/fcm_tokens\/[0-9a-f]{20}$/);
    const keptMs = expiresAt.toMillis() - (note.updateTime?.toMillis() ?? 0);
    expect(Math.round(keptMs / DAY_MS)).toBe(270);
  });
});
