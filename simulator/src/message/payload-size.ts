import type { Message } from "../phone.ts";

/** FCM's limit for what reaches the phone (https://firebase.google.com/docs/cloud-messaging/error-codes). */
export const MAX_PAYLOAD_BYTES = 4096;

/**
 * The size of a message's payload: the UTF-8 bytes of all keys and scalar values, however deep, of
 * `notification` and `data` and of the larger of `android.notification` and `apns.payload` with
 * `apns.fcm_options`, as one phone gets only one of the two. Numbers and booleans count as written in JSON;
 * the names of these five containers, brackets and quotes do not count. FCM publishes the limit but not how
 * it counts, so a message within some bytes of 4096 may be judged differently by the real one.
 */
export function measurePayload(message: Message): number {
  const forAndroid = measure(message.android?.notification);
  const forIos = measure(message.apns?.payload) + measure(message.apns?.fcm_options);
  return measure(message.notification) + measure(message.data) + Math.max(forAndroid, forIos);
}

function measure(value: unknown): number {
  if (value === undefined) return 0;
  if (typeof value !== "object" || value === null) return Buffer.byteLength(String(value));
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + measure(item), 0);
  let bytes = 0;
  for (const [key, item] of Object.entries(value)) bytes += Buffer.byteLength(key) + measure(item);
  return bytes;
}
