import { InvalidInput } from "@fanfare/shared/errors";
import { type ContentOptions, contentOf, FLAG_OF_CONTENT, numberOf } from "./content-options.ts";

/** What the command line gives: all text, checked later by the same rules as every other request. */
export interface SendOptions extends ContentOptions {
  project?: string;
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
  ...FLAG_OF_CONTENT,
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
  const { idempotencyKey = newKey, at, onCrash, urgent, perMinute } = options;
  const [content, audience] = [contentOf(options), audienceOf(options)];
  return {
    caller: "command",
    idempotencyKey,
    content,
    audience,
    at: timeOf(at),
    deadline: timeOf(options.deadline),
    onCrash,
    urgent,
    perMinute: perMinute && numberOf(perMinute),
  };
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
