import { type Broadcast, type Content, collapseIdOf } from "./broadcast.ts";
import type { AddressKind } from "./registration.ts";

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

/**
 * The message every member of a broadcast gets.
 *
 * The tag (Android) and the collapse id (iOS) make a repeat replace the first on the phone, where FCM took a
 * message whose answer was lost. `android.collapse_key` would not: it does nothing for shown notifications.
 * @param sentAt milliseconds since 1970; APNs wants the time at which a message stops being timely, not its age.
 */
export function buildMessage(broadcast: Pick<Broadcast, "id" | "content">, sentAt: number): Message {
  const { content } = broadcast;
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
    android: androidPart(content, collapseId),
    apns: apnsPart(content, collapseId, sentAt),
  };
}

function androidPart(content: Content, collapseId: string): Message["android"] {
  return {
    ...(content.ttlSeconds !== undefined && { ttl: `${content.ttlSeconds}s` }),
    ...(content.priority !== undefined && { priority: content.priority }),
    notification: {
      tag: collapseId,
      ...(content.sound !== undefined && { sound: content.sound }),
      ...(content.channel !== undefined && { channel_id: content.channel }),
      ...(content.badge !== undefined && { notification_count: content.badge }),
    },
  };
}

function apnsPart(content: Content, collapseId: string, sentAt: number): Message["apns"] {
  const aps = {
    ...(content.sound !== undefined && { sound: content.sound }),
    ...(content.badge !== undefined && { badge: content.badge }),
    // Without it iOS never starts the app's notification extension, and the image is not shown.
    ...(content.image !== undefined && { "mutable-content": 1 }),
  };
  return {
    headers: {
      "apns-collapse-id": collapseId,
      ...(content.ttlSeconds !== undefined && { "apns-expiration": expiration(content.ttlSeconds, sentAt) }),
      ...(content.priority !== undefined && { "apns-priority": content.priority === "high" ? "10" : "5" }),
    },
    ...(Object.keys(aps).length > 0 && { payload: { aps } }),
    ...(content.image !== undefined && { fcm_options: { image: content.image } }),
  };
}

/** 0 asks APNs to deliver now or never, which is what a TTL of 0 means to FCM. */
function expiration(ttlSeconds: number, sentAt: number): string {
  return ttlSeconds === 0 ? "0" : String(Math.floor(sentAt / 1000) + ttlSeconds);
}

const PLAIN_ADDRESS = /^[\w:-]+$/;

/** What follows the target in the body of a request: encoded once for a whole chunk. */
export function encodeRest(message: Message): string {
  return `,${JSON.stringify(message).slice(1)}}`;
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
  if (typeof value !== "object" || value === null) return Buffer.byteLength(String(value));
  return Object.entries(value).reduce(
    (total, [key, item]) => total + Buffer.byteLength(key) + bytesOf(item),
    0,
  );
}
