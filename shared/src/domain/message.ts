import { type Broadcast, type Content, collapseIdOf } from "./broadcast.ts";
import type { AddressKind } from "./registration.ts";
import { utf8Length } from "./utf8.ts";

/**
 * FCM's HTTP v1 message without its target. Source: the REST reference of `projects.messages`.
 *
 * `initialPageName` and `parameterData` are always there, as text: FlutterFlow's client reads both on a tap, and
 * navigation breaks where one is missing.
 */
export interface Message {
  notification: { title: string; body: string; image?: string };
  data: Record<string, string>;
  android: {
    ttl?: string;
    priority?: string;
    notification: { tag: string; sound?: string; channel_id?: string; notification_count?: number };
  };
  apns: {
    headers: Record<string, string>;
    payload?: { aps: Record<string, string | number> };
    fcm_options?: { image: string };
  };
}

/** The longest time FCM keeps a message. */
export const MAX_TTL_SECONDS = 2_419_200;

/** What a message is made of. */
export type Sendable = Pick<Broadcast, "id" | "content"> &
  Partial<Pick<Broadcast, "releasedAt" | "deadline">>;

/** What a field of a content adds to the parts of a message. */
interface Additions {
  notification?: Partial<Message["notification"]>;
  data?: Message["data"];
  android?: Omit<Message["android"], "notification">;
  androidNotification?: Omit<Message["android"]["notification"], "tag">;
  apnsHeaders?: Message["apns"]["headers"];
  aps?: Record<string, string | number>;
  apnsOptions?: Message["apns"]["fcm_options"];
}

type Given = { [Field in keyof Content]-?: NonNullable<Content[Field]> };

/** Where each field of a content goes. A field without a place does not compile. */
const PLACES: { [Field in keyof Given]: (value: Given[Field]) => Additions } = {
  title: (title) => ({ notification: { title } }),
  text: (body) => ({ notification: { body } }),
  data: (data) => ({ data }),
  initialPage: (initialPageName) => ({ data: { initialPageName } }),
  parameterData: (parameterData) => ({ data: { parameterData } }),
  sound: (sound) => ({ androidNotification: { sound }, aps: { sound } }),
  channel: (channel) => ({ androidNotification: { channel_id: channel } }),
  badge: (badge) => ({ androidNotification: { notification_count: badge }, aps: { badge } }),
  image: (image) => ({
    notification: { image },
    // Without it iOS never starts the app's notification extension, and the image is not shown.
    aps: { "mutable-content": 1 },
    apnsOptions: { image },
  }),
  priority: (priority) => ({
    android: { priority },
    apnsHeaders: { "apns-priority": priority === "high" ? "10" : "5" },
  }),
  // What these say depends on the whole broadcast: `keepFor` and `collapseIdOf`.
  ttlSeconds: () => ({}),
  collapseId: () => ({}),
};

const FIELDS = Object.keys(PLACES) as (keyof Content)[];

/**
 * The message every member of a broadcast gets.
 *
 * The tag (Android) and the collapse id (iOS) make a repeat replace the first on the phone, where FCM took a
 * message whose answer was lost. `android.collapse_key` would not: it does nothing for shown notifications.
 * @param sentAt milliseconds since 1970; APNs wants the time at which a message stops being timely, not its age.
 */
export function buildMessage(broadcast: Sendable, sentAt: number): Message {
  const content = asSent(broadcast.content);
  const additions = FIELDS.map((field) => additionsOf(field, content));
  const keep = keepFor(broadcast, sentAt);
  const collapseId = collapseIdOf(broadcast);
  return {
    // Every content has a title and a text.
    notification: gather(additions, "notification") as Message["notification"],
    data: gather(additions, "data"),
    android: {
      ...(keep && { ttl: `${keep.seconds}s` }),
      ...gather(additions, "android"),
      notification: { tag: collapseId, ...gather(additions, "androidNotification") },
    },
    apns: apnsPart(additions, collapseId, keep),
  };
}

/**
 * The content with what phones would not find as it was typed: an image's address is encoded, its scheme is in lower
 * case, and a sound has no white space around it. What FlutterFlow's client reads is there in any case.
 */
function asSent(content: Content): Content {
  const { image, sound, initialPage = "", parameterData = "", ...others } = content;
  const [address, name] = [image?.trim(), sound?.trim()];
  return {
    ...others,
    initialPage,
    parameterData,
    ...(address && { image: URL.canParse(address) ? new URL(address).href : address }),
    ...(name && { sound: name }),
  };
}

function additionsOf<Field extends keyof Given>(field: Field, content: Content): Additions {
  const value = content[field] as Given[Field] | undefined;
  return value === undefined ? {} : PLACES[field](value);
}

/** What all fields add to one part. */
function gather<Part extends keyof Additions>(
  additions: readonly Additions[],
  part: Part,
): NonNullable<Additions[Part]> {
  // Not Object.assign: a key may be any text, and `__proto__` is to be one like others.
  const entries = additions.flatMap((one) => Object.entries(one[part] ?? {}));
  return Object.fromEntries(entries) as NonNullable<Additions[Part]>;
}

function apnsPart(additions: readonly Additions[], collapseId: string, keep: Keep | null): Message["apns"] {
  const aps = gather(additions, "aps");
  const options = gather(additions, "apnsOptions");
  return {
    headers: {
      "apns-collapse-id": collapseId,
      ...(keep && { "apns-expiration": keep.until }),
      ...gather(additions, "apnsHeaders"),
    },
    ...(Object.keys(aps).length > 0 && { payload: { aps } }),
    ...(Object.keys(options).length > 0 && { fcm_options: options }),
  };
}

/** How long FCM may keep a message for a phone that is off, and until when: `until` is APNs' UNIX seconds. */
interface Keep {
  seconds: number;
  until: string;
}

/**
 * What is left of the TTL after the time that was waited since the release, and no more than is left to the deadline;
 * null where neither is given. A TTL of 0 stays: it means now or never, to FCM and (as 0) to APNs.
 */
export function keepFor({ content, releasedAt, deadline }: Sendable, sentAt: number): Keep | null {
  const { ttlSeconds } = content;
  if (ttlSeconds === 0) return { seconds: 0, until: "0" };
  const ends = [deadline, ttlSeconds && (releasedAt ?? sentAt) + ttlSeconds * 1000].filter(
    (end) => end !== undefined,
  );
  if (ends.length === 0) return null;
  const end = Math.min(...ends, sentAt + MAX_TTL_SECONDS * 1000);
  const seconds = Math.max(0, Math.ceil((end - sentAt) / 1000));
  return { seconds, until: String(Math.floor(end / 1000)) };
}

const PLAIN_ADDRESS = /^[\w:-]+$/;

/**
 * What follows the target in the body of a request: encoded once for a whole chunk.
 * @param checkOnly whether FCM is to check the message, and not to deliver it
 */
export function encodeRest(message: Message, checkOnly = false): string {
  return `,${JSON.stringify(message).slice(1)}${checkOnly ? ',"validate_only":true' : ""}}`;
}

/** The body of the request that sends the message to one address. */
export function encodeBody(rest: string, kind: AddressKind, address: string): string {
  const quoted = PLAIN_ADDRESS.test(address) ? `"${address}"` : JSON.stringify(address);
  return `{"message":{"${kind}":${quoted}${rest}`;
}

/**
 * The size that FCM limits to 4096 bytes: keys and values, in UTF-8, of everything that travels to the phone.
 * That is the notification, the data, and what is added for the platform that gets more.
 */
export function payloadBytes(message: Message): number {
  const ios = bytesOf(message.apns.payload) + bytesOf(message.apns.fcm_options);
  return (
    bytesOf(message.notification) +
    bytesOf(message.data) +
    Math.max(bytesOf(message.android.notification), ios)
  );
}

function bytesOf(value: unknown): number {
  if (value === undefined) return 0;
  if (typeof value !== "object" || value === null) return utf8Length(String(value));
  return Object.entries(value).reduce((total, [key, item]) => total + utf8Length(key) + bytesOf(item), 0);
}
