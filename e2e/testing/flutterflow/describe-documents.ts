import { type DocumentReference, Timestamp } from "@google-cloud/firestore";
import { describe, expect, test } from "vitest";
import type { App } from "./app.ts";
import { ALL, DEVICES } from "./devices.ts";

const { adaAndroid, adaIphone, bobAndroid, eveIphone } = DEVICES;

/** What Fanfare adds to each message: by it a repeat takes the first one's place. */
const added = (broadcastId: string) => ({
  android: { tag: broadcastId },
  apns: { headers: { "apns-collapse-id": broadcastId } },
});

/**
 * Every form in which the documents of the generated functions are seen. What is expected is what those send and
 * answer, and nothing else but what is said here to be added.
 */
export function describeDocuments(appOf: () => App): void {
  const ask: App["ask"] = (path, fields) => appOf().ask(path, fields);
  const user = (uid: string): DocumentReference => appOf().firestore.doc(`users/${uid}`);
  const now = () => Timestamp.now();

  describe("of an app", () => {
    test("with every field that its client can write", async () => {
      const asked = await ask("ff_user_push_notifications/every", {
        notification_title: "New message",
        notification_text: "Bob wrote to you",
        notification_image_url: "https://example.com/bob.png",
        notification_sound: "default",
        user_refs: "users/ada,users/eve",
        initial_page_name: "ChatPage",
        parameter_data: '{"chat": "chats/42"}',
        sender: user("bob"),
        timestamp: now(),
      });
      expect(await asked.reached()).toEqual([adaAndroid, adaIphone, eveIphone]);
      expect(await asked.answer()).toEqual({ status: "succeeded", num_sent: 3 });
      const { android, apns } = added(asked.broadcastId);
      expect(asked.message()).toEqual({
        notification: {
          title: "New message",
          body: "Bob wrote to you",
          image: "https://example.com/bob.png",
        },
        data: { initialPageName: "ChatPage", parameterData: '{"chat": "chats/42"}' },
        android: { notification: { ...android, sound: "default" } },
        apns: {
          ...apns,
          payload: { aps: { sound: "default", "mutable-content": 1 } },
          fcm_options: { image: "https://example.com/bob.png" },
        },
      });
    });

    test("with no more than it always writes", async () => {
      const asked = await ask("ff_user_push_notifications/least", {
        notification_title: "Hi",
        notification_text: "There",
        user_refs: "users/bob",
        initial_page_name: "",
        parameter_data: "{}",
        sender: user("ada"),
        timestamp: now(),
      });
      expect(await asked.reached()).toEqual([bobAndroid]);
      expect(await asked.answer()).toEqual({ status: "succeeded", num_sent: 1 });
      const { android, apns } = added(asked.broadcastId);
      expect(asked.message()).toEqual({
        notification: { title: "Hi", body: "There" },
        data: { initialPageName: "", parameterData: "{}" },
        android: { notification: android },
        apns,
      });
    });

    test("with nobody to notify", async () => {
      const asked = await ask("ff_user_push_notifications/nobody", {
        notification_title: "Hi",
        notification_text: "There",
        user_refs: "",
        initial_page_name: "",
        parameter_data: "",
        sender: user("ada"),
        timestamp: now(),
      });
      expect(await asked.answer()).toEqual({ status: "succeeded", num_sent: 0 });
    });
  });

  describe("of the console", () => {
    const content = { notification_title: "Sale", notification_text: "Today only" };

    test("to all", async () => {
      const asked = await ask("ff_push_notifications/all", {
        ...content,
        target_audience: "All",
        status: "started",
        num_sent: 0,
        timestamp: now(),
        initial_page_name: "HomePage",
        parameter_data: "",
        campaign: "a field of somebody else's",
      });
      expect(await asked.reached()).toEqual(ALL.toSorted());
      expect(await asked.answer()).toEqual({ status: "succeeded", num_sent: ALL.length });
      expect(asked.message()).toMatchObject({ data: { initialPageName: "HomePage", parameterData: "" } });
      const { campaign } = (await appOf().firestore.doc("ff_push_notifications/all").get()).data() ?? {};
      expect(campaign).toBe("a field of somebody else's");
    });

    test("to iOS", async () => {
      const asked = await ask("ff_push_notifications/ios", {
        ...content,
        target_audience: "iOS",
        status: "started",
      });
      expect(await asked.reached()).toEqual([adaIphone, eveIphone]);
    });

    test("to users that are typed as its help says", async () => {
      const asked = await ask("ff_push_notifications/typed", {
        ...content,
        target_audience: "All",
        user_refs: "/users/ada,/users/bob",
        status: "started",
        scheduled_time: null,
      });
      expect(await asked.reached()).toEqual([adaAndroid, adaIphone, bobAndroid]);
    });

    test.each([
      ["an empty title", { notification_title: "" }, "notification_title must not be empty"],
      ["an empty text", { notification_text: "" }, "notification_text must not be empty"],
    ])("with %s", async (name, fields, error) => {
      const path = `ff_push_notifications/${name.replaceAll(" ", "-")}`;
      const asked = await ask(path, { ...content, target_audience: "All", status: "started", ...fields });
      expect(await asked.answer()).toEqual({ status: "failed", error });
    });

    test("for later, by a writer who marks it so; it is sent at its time", async () => {
      const time = Date.now() + 3_000;
      const asked = await ask("ff_push_notifications/later", {
        ...content,
        target_audience: "iOS",
        status: "scheduled",
        scheduled_time: Timestamp.fromMillis(time),
      });
      expect(await asked.reached()).toEqual([adaIphone, eveIphone]);
      const broadcast = await appOf().installation.store.broadcasts.get(asked.broadcastId);
      expect(broadcast?.dueAt).toBe(time);
      expect(broadcast?.releasedAt).toBeGreaterThanOrEqual(time);
    });

    test("for later, moved to now, and another deleted", async () => {
      const inAnHour = Timestamp.fromMillis(Date.now() + 3_600_000);
      const fields = { ...content, target_audience: "iOS", status: "started", scheduled_time: inAnHour };
      const moved = await ask("ff_push_notifications/moved", fields);
      const deleted = await ask("ff_push_notifications/deleted", fields);
      await appOf().change("ff_push_notifications/moved", { scheduled_time: Timestamp.now() });
      await appOf().remove("ff_push_notifications/deleted");
      expect(await moved.reached()).toEqual([adaIphone, eveIphone]);
      const { phase } = (await appOf().installation.store.broadcasts.get(deleted.broadcastId)) ?? {};
      expect(phase).toBe("cancelled");
    });

    test("in batches: everybody once, and the sum of the answers is right", async () => {
      const parts = await Promise.all(
        [0, 1, 2].map((index) =>
          ask(`ff_push_notifications/batch${index}`, {
            ...content,
            target_audience: "All",
            status: "started",
            batch_index: index,
            num_batches: 3,
          }),
        ),
      );
      const answers = await Promise.all(parts.map((part) => part.answer()));
      expect(answers.map(({ status }) => status)).toEqual(["succeeded", "succeeded", "succeeded"]);
      const sum = answers.reduce((total, { num_sent }) => total + num_sent, 0);
      expect(sum).toBe(ALL.length);
      expect(await parts[0]?.reached()).toEqual(ALL.toSorted());
    });
  });
}
