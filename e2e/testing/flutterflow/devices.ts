import { MARKS } from "@fanfare/simulator";
import { type Firestore, Timestamp } from "@google-cloud/firestore";

/** Addresses by whose device it is. */
export const DEVICES = {
  adaAndroid: "ada-android:APA91b",
  adaIphone: "ada-iphone:APA91b",
  bobAndroid: "bob-android:APA91b",
  eveIphone: "eve-iphone:APA91b",
  waltWeb: "walt-web:APA91b",
  /** Registered by a member, whose documents lie in another collection than the users'. */
  memberAndroid: "member-android:APA91b",
  danDead: `dan-gone${MARKS.dead}1`,
} as const;

/** Everybody's, but for dead addresses. */
export const ALL = Object.values(DEVICES).filter((address) => address !== DEVICES.danDead);

/** How many users there are beside those with a name, each with one Android device. */
export const CROWD = 550;
export const crowdUser = (number: number) => `users/crowd${String(number).padStart(3, "0")}`;
export const crowdAddress = (number: number) => `crowd-${String(number).padStart(3, "0")}:APA91b`;

/** Registers them, as FlutterFlow's `addFcmToken` has done over the years: with what it left behind. */
export async function registerDevices(firestore: Firestore): Promise<void> {
  const { adaAndroid, adaIphone, bobAndroid, eveIphone, waltWeb, memberAndroid, danDead } = DEVICES;
  const created_at = Timestamp.fromMillis(Date.now() - 86_400_000);
  const writer = firestore.bulkWriter();
  const register = (path: string, fields: Record<string, unknown>) =>
    void writer.create(firestore.doc(path), { created_at, ...fields });
  const android = (address: string) => ({ fcm_token: address, device_type: "Android" });
  const iphone = (address: string) => ({ fcm_token: address, device_type: "iOS" });
  register("users/ada/fcm_tokens/1", android(adaAndroid));
  register("users/ada/fcm_tokens/2", iphone(adaIphone));
  register("users/bob/fcm_tokens/1", android(bobAndroid));
  register("users/eve/fcm_tokens/1", iphone(eveIphone));
  register("users/walt/fcm_tokens/1", { fcm_token: waltWeb, device_type: "web" });
  register("members/m1/fcm_tokens/1", android(memberAndroid));
  register("users/dan/fcm_tokens/1", android(danDead));
  // The same device under another user, and a document without its address.
  register("users/zoe/fcm_tokens/1", android(adaAndroid));
  register("users/nils/fcm_tokens/1", { device_type: "iOS" });
  await writer.close();
}

/** Registers the crowd; only the tests that list its users reach it. */
export async function registerCrowd(firestore: Firestore): Promise<string[]> {
  const writer = firestore.bulkWriter();
  for (let number = 0; number < CROWD; number++)
    void writer.create(firestore.doc(`${crowdUser(number)}/fcm_tokens/1`), {
      created_at: Timestamp.fromMillis(Date.now() - 86_400_000),
      fcm_token: crowdAddress(number),
      device_type: "Android",
    });
  await writer.close();
  return Array.from({ length: CROWD }, (_, number) => crowdAddress(number));
}
