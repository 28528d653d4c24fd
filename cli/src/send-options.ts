import { InvalidInput } from "@fanfare/shared/errors";

/** What the command line gives: all text, checked later by the same rules as every other request. */
export interface SendOptions {
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
  collapseId?: string;
  badge?: string;
  channel?: string;
  audience?: string;
  users?: string;
  at?: string;
  onCrash?: string;
  idempotencyKey?: string;
  confirm?: string;
  json?: boolean;
}

const FLAGS: Record<string, string> = {
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
  onCrash: "--on-crash",
  idempotencyKey: "--idempotency-key",
};

/** The flag that a field of a request comes from. */
export function flagOf(field: string): string {
  if (field.startsWith("content.data.")) return `--data ${field.slice("content.data.".length)}`;
  return FLAGS[field] ?? field;
}

/** The folder of the data file: `--data-dir`, or a `--data` that is no key=value. */
export function dataFolderOf({ data = [], dataDir }: SendOptions): { data?: string } {
  const folder = dataDir ?? data.find((item) => !item.includes("="));
  return folder === undefined ? {} : { data: folder };
}

/** The request that the flags ask for, not yet checked. @throws InvalidInput for what cannot even be put down. */
export function requestOf(options: SendOptions, newKey: string): Record<string, unknown> {
  const { title, text, image, sound, page, parameterData, ttl, priority, collapseId, badge, channel } =
    options;
  return dropAbsent({
    caller: "command",
    idempotencyKey: options.idempotencyKey ?? newKey,
    content: dropAbsent({
      title,
      text,
      image,
      sound,
      initialPage: page,
      parameterData,
      data: dataOf(options),
      ttlSeconds: numberOf(ttl),
      priority,
      collapseId,
      badge: numberOf(badge),
      channel,
    }),
    audience: audienceOf(options),
    at: timeOf(options.at),
    onCrash: options.onCrash,
  });
}

function dropAbsent(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function dataOf({ data = [] }: SendOptions): Record<string, string> | undefined {
  const pairs = data.filter((item) => item.includes("="));
  if (pairs.length === 0) return undefined;
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
  );
}

/** A number where it reads as one; else the text itself, which the rules then refuse under the field's name. */
function numberOf(text: string | undefined): number | string | undefined {
  return text === undefined || text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text);
}

function audienceOf({ audience, users }: SendOptions): unknown {
  const list = users?.split(",");
  const whom = audience?.toLowerCase();
  if (whom === undefined && !list) {
    throw new InvalidInput([{ field: "--audience", message: "is missing: all, android or ios, or --users" }]);
  }
  if (whom !== undefined && !["all", "android", "ios", "web"].includes(whom)) {
    throw new InvalidInput([
      { field: "--audience", message: `must be all, android or ios, not ${JSON.stringify(audience)}` },
    ]);
  }
  if (whom === undefined || whom === "all") return list ? { users: list } : "all";
  return { platforms: [whom], ...(list && { users: list }) };
}

const WITHOUT_ZONE = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?$/;

/** A time without a zone is local time, as a person at this machine means it. */
function timeOf(at: string | undefined): string | undefined {
  if (at === undefined || !WITHOUT_ZONE.test(at)) return at;
  const local = new Date(at.includes("T") || at.includes(" ") ? at.replace(" ", "T") : `${at}T00:00`);
  return Number.isNaN(local.getTime()) ? at : local.toISOString();
}
