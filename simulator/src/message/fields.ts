/**
 * The types of a send request, as of FCM's HTTP v1 discovery document, plus `message.fid`
 * (https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages). Keys are the proto's names; JSON
 * may also use their lowerCamelCase form.
 */
export type FieldType =
  | { kind: "string" | "bool" | "int32" | "float" | "duration" | "timestamp" | "map" | "struct" }
  | { kind: "enum"; type: string; values: readonly string[] }
  | { kind: "list"; of: FieldType }
  | MessageType;

export type MessageType = { kind: "message"; type: string; fields: Map<string, Field> };
/** `name` is the proto's name, whichever form the JSON used. */
export type Field = { name: string; type: FieldType };

const FCM = "google.firebase.fcm.v1";
const text: FieldType = { kind: "string" };
const flag: FieldType = { kind: "bool" };
const duration: FieldType = { kind: "duration" };
const map: FieldType = { kind: "map" };
const struct: FieldType = { kind: "struct" };
const float: FieldType = { kind: "float" };
const texts: FieldType = { kind: "list", of: text };

function enumOf(type: string, ...values: string[]): FieldType {
  return { kind: "enum", type: `${FCM}.${type}`, values };
}

function messageOf(type: string, types: Record<string, FieldType>): MessageType {
  const fields = new Map<string, Field>();
  for (const [name, fieldType] of Object.entries(types)) {
    const field = { name, type: fieldType };
    fields.set(name, field);
    fields.set(
      name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
      field,
    );
  }
  return { kind: "message", type, fields };
}

const fcmOptions = messageOf(`${FCM}.FcmOptions`, { analytics_label: text });

const lightSettings = messageOf(`${FCM}.LightSettings`, {
  color: messageOf("google.type.Color", { red: float, green: float, blue: float, alpha: float }),
  light_on_duration: duration,
  light_off_duration: duration,
});

const androidNotification = messageOf(`${FCM}.AndroidNotification`, {
  title: text,
  body: text,
  icon: text,
  color: text,
  sound: text,
  tag: text,
  click_action: text,
  body_loc_key: text,
  body_loc_args: texts,
  title_loc_key: text,
  title_loc_args: texts,
  channel_id: text,
  ticker: text,
  sticky: flag,
  event_time: { kind: "timestamp" },
  local_only: flag,
  notification_priority: enumOf(
    "AndroidNotification.NotificationPriority",
    "PRIORITY_UNSPECIFIED",
    "PRIORITY_MIN",
    "PRIORITY_LOW",
    "PRIORITY_DEFAULT",
    "PRIORITY_HIGH",
    "PRIORITY_MAX",
  ),
  default_sound: flag,
  default_vibrate_timings: flag,
  default_light_settings: flag,
  vibrate_timings: { kind: "list", of: duration },
  visibility: enumOf(
    "AndroidNotification.Visibility",
    "VISIBILITY_UNSPECIFIED",
    "PRIVATE",
    "PUBLIC",
    "SECRET",
  ),
  notification_count: { kind: "int32" },
  light_settings: lightSettings,
  image: text,
  bypass_proxy_notification: flag,
  proxy: enumOf("AndroidNotification.Proxy", "PROXY_UNSPECIFIED", "ALLOW", "DENY", "IF_PRIORITY_LOWERED"),
});

const android = messageOf(`${FCM}.AndroidConfig`, {
  collapse_key: text,
  priority: enumOf("AndroidMessagePriority", "NORMAL", "HIGH"),
  ttl: duration,
  restricted_package_name: text,
  data: map,
  notification: androidNotification,
  fcm_options: fcmOptions,
  direct_boot_ok: flag,
  bandwidth_constrained_ok: flag,
  restricted_satellite_ok: flag,
});

const apns = messageOf(`${FCM}.ApnsConfig`, {
  headers: map,
  payload: struct,
  fcm_options: messageOf(`${FCM}.ApnsFcmOptions`, { analytics_label: text, image: text }),
  live_activity_token: text,
});

const webpush = messageOf(`${FCM}.WebpushConfig`, {
  headers: map,
  data: map,
  notification: struct,
  fcm_options: messageOf(`${FCM}.WebpushFcmOptions`, { link: text, analytics_label: text }),
});

/** The fields of which a message sets exactly one. */
export const TARGETS = ["token", "fid", "topic", "condition"] as const;

/** The body of `messages:send`. */
export const SEND_REQUEST = messageOf(`${FCM}.SendMessageRequest`, {
  validate_only: flag,
  message: messageOf(`${FCM}.Message`, {
    name: text,
    data: map,
    notification: messageOf(`${FCM}.Notification`, { title: text, body: text, image: text }),
    android,
    webpush,
    apns,
    fcm_options: fcmOptions,
    token: text,
    fid: text,
    topic: text,
    condition: text,
  }),
});
