import { normalizeUserRefs } from "@fanfare/shared/domain/user-refs";
import { ConfigError } from "@fanfare/shared/errors";
import { z } from "zod";
import type { DocumentRules } from "./deps.ts";

/** What came of a sender's documents within an hour is one record, which holds no more than these. */
const MOST_PER_HOUR = 20_000;

const perHour = z.coerce.number().int().min(1).max(MOST_PER_HOUR);

/** Names with commas between. */
const names = z.string().transform((text) => new Set(split(text)));

const senders = z.string().transform((text, { issues }) => {
  const entries = split(text).map((entry): [string, number] => {
    const [, sender = "", number] = /^(.+?)\s*=\s*(\d+)$/.exec(entry) ?? [];
    const { success } = perHour.safeParse(number);
    if (!success) {
      const message = `must be user documents and notifications an hour up to ${MOST_PER_HOUR}, such as users/bot=5000`;
      issues.push({ code: "custom", input: text, message });
    }
    return [sender, Number(number)];
  });
  return new Map(entries);
});

function split(text: string): string[] {
  return text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
}

/** What becomes of FlutterFlow's documents, as environment variables. */
export const flutterflowSettings = {
  /** Whether documents are sent and answered, or only checked beside the functions that FlutterFlow generates. */
  FANFARE_FLUTTERFLOW: z.enum(["on", "shadow"]).default("on"),
  /** Statuses, with commas, that ask to be sent as none and `started` do. */
  FANFARE_OPEN_STATUSES: names.prefault(""),
  /** Fields, with commas, that look as if they narrowed the audience and do not. */
  FANFARE_IGNORED_FIELDS: names.prefault(""),
  /** Users that one notification of an app may list. */
  FANFARE_APP_MAX_USERS: z.coerce.number().int().min(1).default(1_000),
  /** Notifications that one user of an app may ask for within an hour. */
  FANFARE_APP_PER_HOUR: perHour.default(300),
  /** Senders with an hourly allowance of their own, with commas: `users/bot=5000`. */
  FANFARE_APP_SENDERS: senders.prefault(""),
  /** Notifications that all documents without a sender may ask for within an hour. */
  FANFARE_APP_SERVERS_PER_HOUR: perHour.default(3_000),
};

const settings = z.object(flutterflowSettings);
export type FlutterFlowSettings = z.infer<typeof settings>;

/** What holds where nothing is set. */
export const flutterflowDefaults = flutterflowRules(settings.parse({}), "users");

/** @throws ConfigError for a sender that is not of the users collection */
export function flutterflowRules(config: FlutterFlowSettings, usersCollection: string): DocumentRules {
  return {
    mode: config.FANFARE_FLUTTERFLOW,
    openStatuses: config.FANFARE_OPEN_STATUSES,
    ignoredFields: config.FANFARE_IGNORED_FIELDS,
    limits: {
      maxUsers: config.FANFARE_APP_MAX_USERS,
      perHour: config.FANFARE_APP_PER_HOUR,
      serversPerHour: config.FANFARE_APP_SERVERS_PER_HOUR,
      senders: byPath(config.FANFARE_APP_SENDERS, usersCollection),
    },
  };
}

function byPath(allowances: ReadonlyMap<string, number>, usersCollection: string): Map<string, number> {
  const entries = [...allowances].map(([sender, most]): [string, number] => {
    const [path] = normalizeUserRefs([sender], usersCollection).paths;
    if (path !== undefined) return [path, most];
    throw new ConfigError(
      `FANFARE_APP_SENDERS: ${JSON.stringify(sender)} is not a document of ${usersCollection}`,
    );
  });
  return new Map(entries);
}
