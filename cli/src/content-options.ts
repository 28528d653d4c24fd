import type { Content } from "@fanfare/shared/domain/broadcast";
import { InvalidInput } from "@fanfare/shared/errors";
import type { Command } from "commander";

interface ContentFlag {
  option: string;
  /** How its value is called in the help. */
  value: string;
  help: string;
  /** Given once for each of its values. */
  isRepeated?: true;
  /** Of `send` alone, among its other flags. */
  isApart?: true;
  read(given: never): unknown;
}

const asText = (text: string) => text;

/** The flag of each field of a content, in the order of the help. A field without one does not compile. */
export const CONTENT_FLAGS = {
  title: { option: "title", value: "text", help: "title of the notification", read: asText },
  text: { option: "text", value: "text", help: "text of the notification", read: asText },
  image: { option: "image", value: "url", help: "https URL of an image", read: asText },
  sound: {
    option: "sound",
    value: "name",
    help: "sound to play, such as default; none means silent",
    read: asText,
  },
  initialPage: { option: "page", value: "name", help: "page that the app opens on a tap", read: asText },
  parameterData: {
    option: "parameterData",
    value: "json",
    help: "JSON object that the page gets",
    read: asText,
  },
  data: {
    option: "data",
    value: "key=value",
    help: "data for the app; may be repeated. Without a =: as --data-dir",
    isRepeated: true,
    read: pairsOf,
  },
  ttlSeconds: {
    option: "ttl",
    value: "seconds",
    help: "how long FCM keeps it for a phone that is off",
    read: numberOf,
  },
  priority: { option: "priority", value: "priority", help: "normal or high", read: asText },
  badge: { option: "badge", value: "number", help: "number on the app's icon", read: numberOf },
  channel: { option: "channel", value: "id", help: "Android notification channel", read: asText },
  collapseId: {
    option: "collapseId",
    value: "text",
    help: "on a phone, replaces what came with the same (default: the broadcast's id)",
    isApart: true,
    read: asText,
  },
} as const satisfies Record<keyof Content, ContentFlag>;

type Flags = typeof CONTENT_FLAGS;

/** What the command line gives of a content, and the folder beside it, as both may be said by `--data`. */
export type ContentOptions = {
  [Field in keyof Flags as Flags[Field]["option"]]?: Parameters<Flags[Field]["read"]>[0];
} & { dataDir?: string };

const ALL: [string, ContentFlag][] = Object.entries(CONTENT_FLAGS);

/** The options that say what a notification is. */
export function withContentOptions(command: Command): Command {
  for (const [, flag] of ALL) if (!flag.isApart) withOption(command, flag);
  return command;
}

/** The option by which one notification replaces another on the phones. */
export function withCollapseId(command: Command): Command {
  return withOption(command, CONTENT_FLAGS.collapseId);
}

function withOption(command: Command, { option, value, help, isRepeated }: ContentFlag): Command {
  const flags = `${longOf(option)} <${value}>`;
  return isRepeated ? command.option(flags, help, collect) : command.option(flags, help);
}

const collect = (value: string, before: string[] = []) => [...before, value];

/** The flag of an option: `--parameter-data` for `parameterData`. */
function longOf(option: string): string {
  return `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The flag that each field comes from, by the field's path in a request. */
export const FLAG_OF_CONTENT: Readonly<Record<string, string>> = Object.fromEntries(
  ALL.map(([field, { option }]) => [`content.${field}`, longOf(option)]),
);

/** The content that the flags give, not yet checked. @throws InvalidInput for what cannot even be put down. */
export function contentOf(options: ContentOptions): Record<string, unknown> {
  const given: Record<string, unknown> = { ...options };
  const read = ALL.map(([field, flag]) => [field, readGiven(flag, given[flag.option])] as const);
  return Object.fromEntries(read.filter(([, value]) => value !== undefined));
}

function readGiven({ read }: ContentFlag, given: unknown): unknown {
  return given === undefined ? undefined : read(given as never);
}

function pairsOf(data: string[]): Record<string, string> | undefined {
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
export function numberOf(text: string): number | string {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
