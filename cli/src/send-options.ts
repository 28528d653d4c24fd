import { InvalidInput } from "@fanfare/shared/errors";

/** What the command line gives of a content, and the folder beside it, as both may be said by `--data`. */
export interface ContentOptions {
  title?: string;
  text?: string;
  image?: string;
  sound?: string;
  page?: string;
  parameterData?: string;
  data?: string[];
  dataDir?: string;
  ttl?: string;
  priority?: string;
  badge?: string;
  channel?: string;
}

/** What the command line gives: all text, checked later by the same rules as every other request. */
export interface SendOptions extends ContentOptions {
  project?: string;
  collapseId?: string;
  audience?: string;
  users?: string;
  at?: string;
  deadline?: string;
  onCrash?: string;
  urgent?: boolean;
  perMinute?: string;
  idempotencyKey?: string;
  confirm?: string;
  json?: boolean;
}

const FLAGS: Record<string, string> = {
  content: "payload (--title, --text, --image, --page, --parameter-data and --data together)",
  "content.title": "--title",
  "content.text": "--text",
  "content.image": "--image",
  "content.sound": "--sound",
  "content.initialPage": "--page",
  "content.parameterData": "--parameter-data",
  "content.ttlSeconds": "--ttl",
  "content.priority": "--priority",
  "content.collapseId": "--collapse-id",
  "content.badge": "--badge",
  "content.channel": "--channel",
  "audience.users": "--users",
  audience: "--audience",
  at: "--at",
  deadline: "--deadline",
  onCrash: "--on-crash",
  perMinute: "--per-minute",
  idempotencyKey: "--idempotency-key",
};

/** The flag that a field of a request comes from. */
export function flagOf(field: string): string {
  if (field.startsWith("content.data.")) return `--data ${field.slice("content.data.".length)}`;
  return FLAGS[field] ?? field;
}

/** Does some work, and names command-line flags instead of fields in what it refuses. */
export async function inFlags<T>(work: () => T | Promise<T>, nameOf = flagOf): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw new InvalidInput(error.problems.map(({ field, message }) => ({ field: nameOf(field), message })));
  }
}

/** The folder of the data file: `--data-dir`, or a `--data` that is no key=value. @throws InvalidInput for two. */
export function dataFolderOf({ data = [], dataDir }: ContentOptions): { data?: string } {
  const folders = data.filter((item) => !item.includes("="));
  if (dataDir !== undefined) folders.push(dataDir);
  const [folder, second] = folders;
  if (second !== undefined) {
    const message = `names two folders, ${JSON.stringify(folder)} and ${JSON.stringify(second)}; data is key=value`;
    throw new InvalidInput([{ field: "--data", message }]);
  }
  return folder === undefined ? {} : { data: folder };
}

/** The request that the flags ask for, not yet checked. @throws InvalidInput for what cannot even be put down. */
export function requestOf(options: SendOptions, newKey: string): Record<string, unknown> {
  const { collapseId, idempotencyKey = newKey, at, onCrash, urgent, perMinute } = options;
  const content = { ...contentOf(options), collapseId };
  const audience = audienceOf(options);
  return {
    caller: "command",
    idempotencyKey,
    content,
    audience,
    at: timeOf(at),
    deadline: timeOf(options.deadline),
    onCrash,
    urgent,
    perMinute: numberOf(perMinute),
  };
}

/** The content that the flags give, not yet checked. @throws InvalidInput for what cannot even be put down. */
export function contentOf(options: ContentOptions): Record<string, unknown> {
  const { title, text, image, sound, page, parameterData, ttl, priority, badge, channel } = options;
  return {
    title,
    text,
    image,
    sound,
    initialPage: page,
    parameterData,
    data: dataOf(options),
    ttlSeconds: numberOf(ttl),
    priority,
    badge: numberOf(badge),
    channel,
  };
}

function dataOf({ data = [] }: ContentOptions): Record<string, string> | undefined {
  const pairs = data.filter((item) => item.includes("=")).map(splitPair);
  const keys = pairs.map(([key]) => key);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw new InvalidInput([{ field: `--data ${twice}`, message: "is given twice" }]);
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}

function splitPair(pair: string): [key: string, value: string] {
  const at = pair.indexOf("=");
  return [pair.slice(0, at), pair.slice(at + 1)];
}

/** A number where it reads as one; else the text itself, which the rules then refuse under the field's name. */
function numberOf(text: string | undefined): number | string | undefined {
  return text !== undefined && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

/** Whom the flags name, not yet checked. @throws InvalidInput where they name nobody */
export function audienceOf({ audience, users }: Pick<SendOptions, "audience" | "users">): unknown {
  const list = users?.split(",");
  const whom = audience?.toLowerCase();
  switch (whom) {
    case undefined:
      if (list) return { users: list };
      throw new InvalidInput([
        { field: "--audience", message: "is missing: all, android or ios, or --users" },
      ]);
    case "all":
      return list ? { users: list } : "all";
    case "android":
    case "ios":
      return { platforms: [whom], users: list };
    default: {
      const message = `must be all, android or ios, not ${JSON.stringify(audience)}`;
      throw new InvalidInput([{ field: "--audience", message }]);
    }
  }
}

const TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?))?(Z|[+-]\d\d:?\d\d)?$/;

/**
 * The time with its zone. Without a zone it is local time, as a person at this machine means it; without an hour,
 * midnight. Text that is no time stays as it is, for the rules to refuse.
 */
function timeOf(at: string | undefined): string | undefined {
  const [, date, clock = "00:00", zone = ""] = TIME.exec(at ?? "") ?? [];
  const time = new Date(`${date}T${clock}${zone.replace(/(\d\d)(\d\d)$/, "$1:$2")}`);
  // A day that its month does not have would become one of the next month.
  const isDay = new Date(`${date}T00:00Z`).getUTCDate() === Number(date?.slice(-2));
  return isDay && !Number.isNaN(time.getTime()) ? time.toISOString() : at;
}
