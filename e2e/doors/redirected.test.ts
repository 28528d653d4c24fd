import { type Bench, startBench } from "@fanfare/registrar/testing/bench";
import type { Registrations } from "@fanfare/shared/registrations";
import { createFirestoreRegistrations } from "@fanfare/shared/registrations/firestore";
import { describeOnEmulators } from "@fanfare/shared/testing/emulators";
import { openFreshFirestore } from "@fanfare/shared/testing/firestore";
import { createStore } from "@fanfare/shared/testing/store";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

/** Item 1: what is meant for one user is never sent to another's device because of a call of that other's. */

interface Place {
  registrations: Registrations;
  close(): Promise<unknown>;
}

const TOKEN = "adas-token";
const FID = "adas-id";

function describeRedirected(open: () => Place): void {
  let place: Place;
  let bench: Bench;
  beforeEach(async () => {
    place = open();
    bench = await startBench(place.registrations);
  });
  afterEach(async () => {
    await bench.close();
    await place.close();
  });

  async function call(name: "addFcmToken" | "removeFcmToken", uid: string, addresses: object) {
    const data = { userDocPath: `users/${uid}`, deviceType: "Android", ...addresses };
    const answer = await bench.call(name, uid, data);
    expect(answer.status).toBe(200);
    return answer.body;
  }
  const add = (uid: string, addresses: object) => call("addFcmToken", uid, addresses);

  /** The addresses that a notification for a user goes to. */
  const devicesOf = async (uid: string) =>
    (await place.registrations.readOwned([`users/${uid}`])).map(({ address }) => address);

  test("a user who names another's token as replaced gets nothing that is meant for them", async () => {
    await add("ada", { fcmToken: TOKEN });
    await add("mallory", { fid: "mallorys-id", fcmToken: TOKEN });
    const answer = await add("ada", { fcmToken: TOKEN });
    expect(answer).toEqual({ result: "Successfully added FCM token!" });
    expect(await devicesOf("ada")).toEqual([TOKEN]);
    expect(await devicesOf("mallory")).toEqual(["mallorys-id"]);
  });

  test("nor does that undo what another's own app has said of the token", async () => {
    await add("ada", { fid: FID, fcmToken: TOKEN });
    await add("mallory", { fid: "mallorys-id", fcmToken: TOKEN });
    await add("ada", { fcmToken: TOKEN });
    expect(await devicesOf("ada")).toEqual([FID]);
    expect(await devicesOf("mallory")).toEqual(["mallorys-id"]);
    await call("removeFcmToken", "mallory", { fcmToken: TOKEN });
    expect(await devicesOf("ada")).toEqual([FID]);
    expect(await devicesOf("mallory")).toEqual([]);
  });

  test("a user who takes all of another's addresses has them until the other's next call", async () => {
    for (const back of [{ fcmToken: TOKEN }, { fid: FID, fcmToken: TOKEN }]) {
      await add("ada", { fid: FID, fcmToken: TOKEN });
      await add("mallory", { fid: FID, fcmToken: TOKEN });
      await call("removeFcmToken", "mallory", { fid: FID, fcmToken: TOKEN });
      await add("ada", back);
      expect(await devicesOf("ada")).toEqual([back.fid ?? TOKEN]);
    }
  });
}

describe("redirected notifications, on a data file", () => {
  describeRedirected(createStore);
});

describeOnEmulators("redirected notifications, on Firestore", ["firestore"], () => {
  describeRedirected(() => {
    const firestore = openFreshFirestore();
    return {
      registrations: createFirestoreRegistrations(firestore),
      close: () => firestore.terminate(),
    };
  });
});
