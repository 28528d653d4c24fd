import { globSync } from "node:fs";
import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { contentProblems } from "./domain/content-rules.ts";
import { buildMessage, payloadBytes } from "./domain/message.ts";
import type { InvalidInput } from "./errors.ts";
import { parseAudience, parseContentChange, parseRequest } from "./events/broadcast-requests.ts";

const FOLDER = import.meta.dirname;
const SOURCES = globSync(["domain/*.ts", "events/*.ts", "errors.ts"], {
  cwd: FOLDER,
  exclude: ["**/*.test.ts"],
});

/** What a web page asks of these rules. */
const HERE = { buildMessage, contentProblems, payloadBytes, parseRequest, parseAudience, parseContentChange };
type Rules = typeof HERE;

/** Every module of the rules in one script, as a page loads it; esbuild refuses what a browser does not have. */
async function bundle(): Promise<string> {
  const all = SOURCES.map((path) => `import "./${path}";`);
  const asked = ["domain/content-rules", "domain/message", "events/broadcast-requests"];
  const contents = [...all, ...asked.map((name) => `export * from "./${name}.ts";`)].join("\n");
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: FOLDER, loader: "ts" },
    platform: "browser",
    format: "iife",
    globalName: "rules",
    bundle: true,
    write: false,
  });
  return outputFiles[0]?.text ?? "";
}

/** The rules in a realm that has the language, and of a browser's own only what they need. */
async function loadInPage(): Promise<Rules> {
  const page = createContext({ URL, TextEncoder });
  return runInContext(`${await bundle()}\nrules`, page);
}

/** What a call returns or refuses, as plain data: errors of another realm are not instances of ours. */
function resultOf(call: () => unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(call() ?? null));
  } catch (error) {
    const { code, problems } = error as InvalidInput;
    return { code, problems: JSON.parse(JSON.stringify(problems)) };
  }
}

const FULL = {
  title: "Grüße \u{1F600}",
  text: "値".repeat(400),
  image: "https://example.com/ä ö.png",
  sound: " chime ",
  initialPage: "Home",
  parameterData: '{"id":"é"}',
  data: { schlüssel: "wert" },
  ttlSeconds: 60,
  priority: "high" as const,
  collapseId: "é".repeat(32),
  badge: 1,
  channel: "news",
};

const CALLS: [string, (rules: Rules) => unknown][] = [
  ["a message", ({ buildMessage }) => buildMessage({ id: "b1", content: FULL, releasedAt: 5 }, 1_000)],
  [
    "its size",
    ({ buildMessage, payloadBytes }) => payloadBytes(buildMessage({ id: "b1", content: FULL }, 0)),
  ],
  ["a content without fault", ({ contentProblems }) => contentProblems(FULL)],
  ["one too large", ({ contentProblems }) => contentProblems({ ...FULL, text: "値".repeat(1_400) })],
  [
    "a collapse id too long",
    ({ contentProblems }) => contentProblems({ ...FULL, collapseId: "é".repeat(33) }),
  ],
  ["half of a character", ({ contentProblems }) => contentProblems({ title: "\ud83d", text: "x" })],
  ["a request", ({ parseRequest }) => parseRequest(request({ content: FULL }), "users")],
  [
    "a refused request",
    ({ parseRequest }) => parseRequest(request({ content: { title: 5 }, more: 1 }), "users"),
  ],
  ["listed users", ({ parseAudience }) => parseAudience({ users: ["a", "é".repeat(751)] }, "users")],
  ["a change", ({ parseContentChange }) => parseContentChange({ title: "new" })],
];

function request(more: object): object {
  const at = "2030-01-02T03:04:05Z";
  return { caller: "page", idempotencyKey: "1", audience: { users: "a,b" }, at, ...more };
}

test("a web page gets from the rules what a server gets, without anything of Node's", async () => {
  const page = await loadInPage();
  for (const [what, call] of CALLS) {
    expect(
      resultOf(() => call(page)),
      what,
    ).toEqual(resultOf(() => call(HERE)));
  }
});
