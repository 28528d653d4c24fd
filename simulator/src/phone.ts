/**
 * What a person sees of the messages a phone was sent. Pure; knows nothing of servers.
 */

/** The parts of an FCM message (HTTP v1, snake_case) that matter on a phone or to the simulator's rules. */
export type Message = {
  notification?: { title?: string; body?: string; image?: string };
  data?: Record<string, string>;
  android?: {
    ttl?: string;
    data?: Record<string, string>;
    notification?: {
      title?: string;
      title_loc_key?: string;
      body?: string;
      body_loc_key?: string;
      image?: string;
      tag?: string;
    };
    fcm_options?: { analytics_label?: string };
  };
  apns?: {
    headers?: Record<string, string>;
    payload?: { aps?: unknown; [key: string]: unknown };
    fcm_options?: { analytics_label?: string; image?: string };
  };
  fcm_options?: { analytics_label?: string };
};

/** One notification on a phone's screen. */
export type Notification = {
  title?: string;
  body?: string;
  image?: string;
  data: Record<string, unknown>;
  /** Android's tag or iOS's collapse id: a later notification with the same one takes this one's place. */
  replaceKey?: string;
};

/** What an Android phone shows of a message; undefined for a data message, which shows nothing by itself. */
export function showOnAndroid(message: Message): Notification | undefined {
  const own = message.android?.notification ?? {};
  const shared = message.notification ?? {};
  return show({
    title: own.title ?? shared.title ?? own.title_loc_key,
    body: own.body ?? shared.body ?? own.body_loc_key,
    image: own.image ?? shared.image,
    data: message.android?.data ?? message.data ?? {},
    replaceKey: own.tag,
  });
}

/** What an iPhone shows of a message; undefined for a background push. */
export function showOnIos(message: Message): Notification | undefined {
  const { aps, ...custom } = message.apns?.payload ?? {};
  const alert = readAlert(aps);
  const shared = message.notification ?? {};
  return show({
    title: alert.title ?? shared.title,
    body: alert.body ?? shared.body,
    image: message.apns?.fcm_options?.image ?? shared.image,
    data: { ...message.data, ...custom },
    replaceKey: message.apns?.headers?.["apns-collapse-id"],
  });
}

/**
 * `aps.alert` is a text, the body, or an object with title and body. A text that the app translates stands
 * here, as on Android, as its key.
 */
function readAlert(aps: unknown): { title?: string; body?: string } {
  const alert = (aps as { alert?: unknown } | undefined)?.alert;
  if (typeof alert === "string") return { body: alert };
  if (typeof alert !== "object" || alert === null) return {};
  const texts = alert as Record<string, unknown>;
  const title = texts.title ?? texts["title-loc-key"];
  const body = texts.body ?? texts["loc-key"];
  return {
    ...(typeof title === "string" && { title }),
    ...(typeof body === "string" && { body }),
  };
}

type Parts = { [Key in keyof Notification]: Notification[Key] | undefined } & { data: Notification["data"] };

function show({ title, body, image, data, replaceKey }: Parts): Notification | undefined {
  // An empty text is as good as none, and an empty key replaces nothing.
  if (!title && !body) return undefined;
  return {
    ...(title && { title }),
    ...(body && { body }),
    ...(image && { image }),
    data,
    ...(replaceKey && { replaceKey }),
  };
}

/** The notifications that are still to be seen, oldest place first, after all arrived in this order. */
export function stackUp(arrived: Iterable<Notification>): Notification[] {
  const places = new Map<string | symbol, Notification>();
  for (const notification of arrived) places.set(notification.replaceKey ?? Symbol(), notification);
  return [...places.values()];
}

/** Whether two notifications in sight say the same: same title, body and data. */
export function showsTwice(visible: Notification[]): boolean {
  if (visible.length < 2) return false;
  return new Set(visible.map(readContent)).size < visible.length;
}

function readContent({ title, body, data }: Notification): string {
  return JSON.stringify([title, body, Object.entries(data).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))]);
}
