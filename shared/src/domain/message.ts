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

/**
 * The message every member of a broadcast gets.
 *
 * The tag (Android) and the collapse id (iOS) make a repeat replace the first on the phone, where FCM took a
 * message whose answer was lost. `android.collapse_key` would not: it does nothing for shown notifications.
 * @param sentAt milliseconds since 1970; APNs wants the time at which a message stops being timely, not its age.
 */
export function buildMessage(broadcast: Sendable, sentAt: number): Message {
  const content = asSent(broadcast.content);
  const keep = keepFor(broadcast, sentAt);
  const collapseId = collapseIdOf(broadcast);
  return {
    notification: {
      title: content.title,
      body: content.text,
      ...(content.image !== undefined && { image: content.image }),
    },
    data: {
      ...content.data,
      initialPageName: content.initialPage ?? "",
      parameterData: content.parameterData ?? "",
    },
    android: androidPart(content, collapseId, keep),
    apns: apnsPart(content, collapseId, keep),
  };
}

/**
 * The content with what phones would not find as it was typed: an image's address is encoded, its scheme is in lower
 * case, and a sound has no white space around it.
 */
function asSent(content: Content): Content {
  const { image, sound, ...others } = content;
  const [address, name] = [image?.trim(), sound?.trim()];
  return {
    ...others,
    ...(address && { image: URL.canParse(address) ? new URL(address).href : address }),
    ...(name && { sound: name }),
  };
}

function androidPart(content: Content, collapseId: string, keep: Keep | null): Message["android"] {
  return {
    ...(keep && { ttl: `${keep.seconds}s` }),
    ...(content.priority !== undefined && { priority: content.priority }),
    notification: {
      tag: collapseId,
      ...(content.sound !== undefined && { sound: content.sound }),
      ...(content.channel !== undefined && { channel_id: content.channel }),
      ...(content.badge !== undefined && { notification_count: content.badge }),
    },
  };
}

function apnsPart(content: Content, collapseId: string, keep: Keep | null): Message["apns"] {
  const aps = {
    ...(content.sound !== undefined && { sound: content.sound }),
    ...(content.badge !== undefined && { badge: content.badge }),
    // Without it iOS never starts the app's notification extension, and the image is not shown.
    ...(content.image !== undefined && { "mutable-content": 1 }),
  };
  return {
    headers: {
      "apns-collapse-id": collapseId,
      ...(keep && { "apns-expiration": keep.until }),
      ...(content.priority !== undefined && { "apns-priority": content.priority === "high" ? "10" : "5" }),
    },
    ...(Object.keys(aps).length > 0 && { payload: { aps } }),
    ...(content.image !== undefined && { fcm_options: { image: content.image } }),
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
