import { type DocumentData, type DocumentReference, GeoPoint, Timestamp } from "@google-cloud/firestore";
import { describe, expect, test } from "vitest";
import type { App } from "./app.ts";
import { DEVICES } from "./devices.ts";

const { adaAndroid, adaIphone, bobAndroid, eveIphone } = DEVICES;
const CONTENT = { notification_title: "Hello", notification_text: "World" };
const TO_BOB = { ...CONTENT, user_refs: "users/bob" };

/** What a document may say, and in what words. */
export function describeWording(appOf: () => App): void {
  let number = 0;
  const ask = (fields: DocumentData) => appOf().ask(`ff_push_notifications/w${++number}`, fields);
  const user = (uid: string): DocumentReference => appOf().firestore.doc(`users/${uid}`);
  const askAsApp = (fields: DocumentData) =>
    appOf().ask(`ff_user_push_notifications/w${++number}`, {
      ...TO_BOB,
      initial_page_name: "",
      parameter_data: "{}",
      sender: user(`writer${number}`),
      ...fields,
    });

  test("rule 5: next to listed users, a target_audience in words of the app's own does not matter", async () => {
    for (const target_audience of ["Individual", ["iOS"]]) {
      const fields = { ...CONTENT, user_refs: "users/ada,users/bob", target_audience };
      expect(await (await ask(fields)).reached()).toEqual([adaAndroid, adaIphone, bobAndroid]);
    }
    const asked = await askAsApp({ target_audience: "Individual" });
    expect(await asked.answer()).toEqual({ status: "succeeded", num_sent: 1 });
  });

  describe("rule 7: what FlutterFlow's functions send is sent:", () => {
    test.each([
      [
        "an image over plain HTTP",
        { notification_image_url: "http://example.com/a.png" },
        (message: Sent) => message.notification.image,
        "http://example.com/a.png",
      ],
      ["parameters that are null", { parameter_data: "null" }, parametersOf, "null"],
      ["parameters in a list", { parameter_data: "[1]" }, parametersOf, "[1]"],
      ["parameters that are plain text", { parameter_data: "chats/42" }, parametersOf, "chats/42"],
      [
        "a title of spaces",
        { notification_title: "  " },
        (message: Sent) => message.notification.title,
        "  ",
      ],
      ["a text of spaces", { notification_text: " " }, (message: Sent) => message.notification.body, " "],
    ])("%s", async (_, fields, of, sent) => {
      for (const asked of await Promise.all([ask({ ...TO_BOB, ...fields }), askAsApp(fields)])) {
        expect(await asked.answer()).toEqual({ status: "succeeded", num_sent: 1 });
        expect(of(asked.message() as Sent)).toBe(sent);
      }
    });

    test("1,200 references that are three users", async () => {
      const users = ["users/ada", "/users/bob", "users//eve"];
      const user_refs = Array.from({ length: 1_200 }, (_, index) => users[index % 3]).join(",");
      const asked = await askAsApp({ user_refs });
      expect(await asked.reached()).toEqual([adaAndroid, adaIphone, bobAndroid, eveIphone]);
    });
  });

  describe("rule 8: values are read as the app's own client reads and writes them:", () => {
    test("a map of parameters has times as milliseconds, points as text, references as paths, and no nulls", async () => {
      const at = Timestamp.fromMillis(1_800_000_000_123);
      const values = { at, place: new GeoPoint(1.5, -2), chat: appOf().firestore.doc("chats/42"), no: null };
      const asked = await ask({ ...TO_BOB, parameter_data: { ...values, list: [values, null, at] } });
      expect(await asked.answer()).toEqual({ status: "succeeded", num_sent: 1 });
      const sent = { at: 1_800_000_000_123, place: "1.5,-2", chat: "chats/42" };
      expect(JSON.parse(parametersOf(asked.message() as Sent))).toEqual({ ...sent, list: [sent, sent.at] });
    });

    test.each(["[]", "null", "users/bob, undefined"])(
      "user_refs of %j is refused by name",
      async (user_refs) => {
        const lost = user_refs.split(", ").at(-1);
        const error = `user_refs ${JSON.stringify(lost)} is not a reference to a user`;
        for (const asked of [await ask({ ...CONTENT, user_refs }), await askAsApp({ user_refs })])
          expect(await asked.answer()).toEqual({ status: "failed", error });
      },
    );

    test("an array without an entry lists no user, on purpose", async () => {
      const asked = await askAsApp({ user_refs: [] });
      expect(await asked.answer()).toEqual({ status: "succeeded", num_sent: 0 });
    });
  });

  describe("rule 9: a time as text", () => {
    test("with its zone is a time", async () => {
      const asked = await ask({ ...TO_BOB, scheduled_time: "2999-01-31T19:00:00+01:00" });
      const broadcast = await appOf().installation.store.broadcasts.get(asked.broadcastId);
      expect(broadcast).toMatchObject({ phase: "scheduled", dueAt: Date.UTC(2999, 0, 31, 18) });
      await appOf().remove(`ff_push_notifications/w${number}`);
    });

    test.each([
      ["2999-02-30T10:00:00Z", "names a day that does not exist: 2999-02-30"],
      [
        "02/01/2999 10:00",
        "begins with the day or the month: write the year first, such as 2027-01-31T18:00:00+01:00",
      ],
      ["2999-01-31T10:00:00", "has no zone, such as Z or +01:00"],
      ["tomorrow", "must be a date and time with its zone, such as 2027-01-31T18:00:00+01:00"],
    ])("of %j is refused with the reason", async (scheduled_time, reason) => {
      const asked = await ask({ ...TO_BOB, scheduled_time });
      expect(await asked.answer()).toEqual({ status: "failed", error: `scheduled_time ${reason}` });
    });
  });

  test("rule 10: an image's address and a sound are sent as phones find them, however they are typed", async () => {
    const notification_image_url = " HTTPS://Example.com/Grüße 1.png\n";
    const asked = await ask({ ...TO_BOB, notification_image_url, notification_sound: " chime.caf\n" });
    expect(await asked.answer()).toEqual({ status: "succeeded", num_sent: 1 });
    const image = "https://example.com/Gr%C3%BC%C3%9Fe%201.png";
    expect(asked.message()).toMatchObject({
      notification: { image },
      android: { notification: { sound: "chime.caf" } },
      apns: { payload: { aps: { sound: "chime.caf" } }, fcm_options: { image } },
    });
    const silent = await ask({ ...TO_BOB, notification_sound: " " });
    await silent.answer();
    expect((silent.message() as Sent).android.notification).not.toHaveProperty("sound");
  });
}

interface Sent {
  notification: { title: string; body: string; image?: string };
  data: { parameterData: string };
  android: { notification: object };
}

function parametersOf({ data }: Sent): string {
  return data.parameterData;
}
