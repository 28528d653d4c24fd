import { z } from "zod";
import type { Audience, Content } from "../domain/broadcast.ts";
import { type ContentRules, contentProblems } from "../domain/content-rules.ts";
import { NOT_A_TIME, readIsoTime } from "../domain/iso-time.ts";
import { PLATFORMS } from "../domain/registration.ts";
import { nameFault } from "../domain/text.ts";
import { MAX_USERS, normalizeUserRefs } from "../domain/user-refs.ts";
import { utf8Length } from "../domain/utf8.ts";
import { InvalidInput, type Problem } from "../errors.ts";
import { defineEvent, parseInput } from "./event.ts";

const text = z.string("must be text");

/** A field of a content without a form here does not compile. */
const CONTENT_FORMS = {
  title: z.string("is missing: a notification needs a title"),
  text: z.string("is missing: a notification needs a text"),
  image: text.optional(),
  sound: text.optional(),
  initialPage: text.optional(),
  parameterData: text.optional(),
  data: z.record(z.string(), z.string("must be text: FCM takes strings only")).optional(),
  ttlSeconds: z.number("must be a number of seconds").optional(),
  priority: z.enum(["normal", "high"], "must be normal or high").optional(),
  collapseId: text.optional(),
  badge: z.number("must be a number").optional(),
  channel: text.optional(),
} satisfies Record<keyof Content, z.ZodType>;

const content = z.strictObject(CONTENT_FORMS);

const platforms = z
  .array(z.enum(PLATFORMS, `must be one of ${PLATFORMS.join(", ")}`))
  .min(1, "must name at least one platform");
/** A list, or a text with commas between, as FlutterFlow writes its references. */
const users = z.preprocess(
  (value) => (typeof value === "string" ? value.split(",") : value),
  z
    .array(z.string("must be a user's document path"), "must list users: their documents' paths")
    .min(1, "must list at least one user"),
);

const audience = z.preprocess(
  (value) => (value === "all" ? { all: true } : value),
  z.strictObject(
    { all: z.literal(true).optional(), platforms: platforms.optional(), users: users.optional() },
    {
      error: (issue) =>
        issue.code === "invalid_type"
          ? 'must be "all", or an object with platforms, users or both'
          : undefined,
    },
  ),
);

/** 200 characters keep a document id derived from it, and a log line, within bounds. */
const key = z
  .string("must be text")
  .min(1, "must not be empty")
  .max(200, "must be at most 200 characters long")
  .refine((value) => nameFault(value) === undefined, { error: ({ input }) => nameFault(String(input)) });

const LATEST_DUE = Date.UTC(9999, 0, 1);

/** Becomes milliseconds since 1970. */
const time = z.string(NOT_A_TIME).transform((value, context) => {
  const read = readIsoTime(value);
  if (read.kind === "time" && read.ms < LATEST_DUE) return read.ms;
  // Stores know no later times. A broadcast ends some days after it is due.
  context.addIssue(read.kind === "time" ? "must be before the year 9999" : read.message);
  return z.NEVER;
});

/** What a caller asks for, as it travels: over the bus, through the API, from the command line. */
const request = z.strictObject({
  /** Who asks: with the idempotency key this decides which broadcast is meant. */
  caller: key,
  idempotencyKey: key,
  content,
  audience,
  at: time.optional(),
  /** From then on it is of no use: nothing is sent any more, and FCM keeps it no longer for a phone that is off. */
  deadline: time.optional(),
  onCrash: z.enum(["repeat", "miss"], "must be repeat or miss").default("repeat"),
  /** Goes before others, although its audience is large: small ones do so by themselves. */
  urgent: z.boolean("must be true or false").optional(),
  /** Attempts a minute that it may take, by all senders together. */
  perMinute: z.int("must be a whole number").min(1, "must be at least 1").optional(),
});

export type WireRequest = z.input<typeof request>;

export const broadcastRequests = defineEvent<unknown>(
  "broadcast-requests",
  z.record(z.string(), z.unknown()),
);

/** A request whose every rule holds. Times are milliseconds since 1970; `at` is null for now. */
export interface BroadcastRequest {
  caller: string;
  idempotencyKey: string;
  content: Content;
  audience: Audience;
  at: number | null;
  onCrash: "repeat" | "miss";
  urgent?: true | undefined;
  perMinute?: number | undefined;
  deadline?: number | undefined;
}

/**
 * Checks a request whole: its form first, then FCM's rules and the audience's.
 * @param rules what its content may be; strict where not given
 * @throws InvalidInput that lists every problem with its field; unknown fields are problems too.
 */
export function parseRequest(
  value: unknown,
  usersCollection: string,
  rules?: ContentRules,
): BroadcastRequest {
  const parsed = parseInput(request, value);
  const { audience: whom, problems } = checkAudience(parsed.audience, usersCollection);
  problems.unshift(...contentProblems(parsed.content, rules));
  if (problems.length > 0) throw new InvalidInput(problems);
  return {
    ...parsed,
    audience: whom,
    at: parsed.at ?? null,
    deadline: parsed.deadline,
    // To say that it is not is to say nothing, and the same request.
    urgent: parsed.urgent || undefined,
  };
}

/**
 * Checks an audience by itself, as a request's is checked.
 * @throws InvalidInput that lists every problem with its field: `audience`, `audience.users`, `audience.platforms`
 */
export function parseAudience(value: unknown, usersCollection: string): Audience {
  const parsed = parseInput(z.object({ audience }), { audience: value });
  const { audience: whom, problems } = checkAudience(parsed.audience, usersCollection);
  if (problems.length > 0) throw new InvalidInput(problems);
  return whom;
}

const change = z.object({ content: content.omit({ collapseId: true }).partial() });

/**
 * Checks the form of what a correction changes in a content. What replaces the first on the phones is no part of it.
 * @throws InvalidInput that lists every problem with its field
 */
export function parseContentChange(value: unknown): Partial<Content> {
  const given = Object.entries(parseInput(change, { content: value }).content);
  return Object.fromEntries(given.filter(([, field]) => field !== undefined));
}

function checkAudience(
  given: z.infer<typeof audience>,
  usersCollection: string,
): { audience: Audience; problems: Problem[] } {
  const { all, ...whom } = given;
  const names = whom.platforms !== undefined || whom.users !== undefined;
  if (all && !names) return { audience: {}, problems: [] };
  if (all || !names) {
    const message = all
      ? "is everybody and names some; use one or the other"
      : 'names nobody; use "all" for everybody';
    return { audience: {}, problems: [{ field: "audience", message }] };
  }
  if (!whom.users) return { audience: whom, problems: [] };
  const { paths, refused } = normalizeUserRefs(whom.users, usersCollection);
  const problems = userProblems(paths, refused, usersCollection);
  return {
    audience: { ...whom, users: paths },
    problems: problems.map((message) => ({ field: "audience.users", message })),
  };
}

/** References that are named one by one where they are refused; a list of thousands would hide the rest. */
const NAMED = 20;
/** Of a broadcast's record, a document of 1 MiB, so much is for those whom it lists. */
const MAX_LIST_BYTES = 900_000;
const INSTEAD = "send several broadcasts, or one to a platform or to all";

function userProblems(
  paths: readonly string[],
  refused: readonly string[],
  usersCollection: string,
): string[] {
  const problems = refused
    .slice(0, NAMED)
    .map((ref) => `${JSON.stringify(ref)} is not a document of ${usersCollection}`);
  if (refused.length > NAMED)
    problems.push(`${refused.length - NAMED} more are not documents of ${usersCollection}`);
  if (paths.length === 0 && refused.length === 0) problems.push("must list at least one user");
  const bytes = utf8Length(JSON.stringify(paths));
  if (paths.length > MAX_USERS) problems.push(`lists ${paths.length} users; beyond ${MAX_USERS} ${INSTEAD}`);
  else if (bytes > MAX_LIST_BYTES) problems.push(`takes ${bytes} bytes; beyond ${MAX_LIST_BYTES} ${INSTEAD}`);
  return problems;
}
