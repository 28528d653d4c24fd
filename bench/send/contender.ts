/** What became of a batch. */
export interface Tally {
  accepted: number;
  dead: number;
}

export const PROJECT = "demo";

/** The content of the message, which each contender puts into FCM's form in its own way. */
export const CONTENT = {
  title: "Spring sale: 20 % off until Sunday",
  text: "Everything in the shop, for members only. Tap to have a look.",
  data: { campaign: "spring-2027" },
};

/** The message without its target, field by field as Fanfare sends it. */
export const MESSAGE = {
  notification: { title: CONTENT.title, body: CONTENT.text },
  data: { ...CONTENT.data, initialPageName: "", parameterData: "" },
  android: { notification: { tag: "b0123456789abcdef01234567" } },
  apns: { headers: { "apns-collapse-id": "b0123456789abcdef01234567" } },
};
