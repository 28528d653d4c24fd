import { type Message, type Notification, showOnAndroid, showOnIos } from "../phone.ts";

/** A message without its target, kept once however many addresses it is sent to. */
export type Template = {
  /** From 1, in the order of first sight. */
  id: number;
  broadcast: string;
  /** The message as JSON. */
  text: string;
  android: Notification | undefined;
  ios: Notification | undefined;
  /** How many requests carried it, whatever they were answered. */
  count: number;
};

/**
 * What holds a message together with its repeats: Android's tag, else Apple's collapse id, else nothing. Works
 * on unchecked input, too: a message that is refused is logged under its broadcast.
 */
export function readBroadcast(message: unknown): string {
  const { android, apns } = (message ?? {}) as Message;
  const key = android?.notification?.tag || apns?.headers?.["apns-collapse-id"];
  return typeof key === "string" ? key : "";
}

export function createTemplates() {
  const byText = new Map<string, Template>();
  const byId: Template[] = [];

  return {
    /** Stores a checked message (without its target) unless it is there. */
    intern(message: Message): Template {
      const text = JSON.stringify(message);
      const known = byText.get(text);
      if (known) return known;
      const template: Template = {
        id: byId.length + 1,
        broadcast: readBroadcast(message),
        text,
        android: showOnAndroid(message),
        ios: showOnIos(message),
        count: 0,
      };
      byText.set(text, template);
      byId.push(template);
      return template;
    },
    /** Throws for an id it did not give out. */
    get(id: number): Template {
      const template = byId[id - 1];
      if (!template) throw new RangeError(`no template ${id}`);
      return template;
    },
    list(): readonly Template[] {
      return byId;
    },
  };
}

export type Templates = ReturnType<typeof createTemplates>;
