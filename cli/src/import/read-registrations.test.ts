import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createFolder } from "@fanfare/shared/testing/folder";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readRegistrations } from "./read-registrations.ts";

let folder: ReturnType<typeof createFolder>;
beforeEach(() => {
  folder = createFolder();
});
afterEach(() => folder.remove());

/** Each entry as `line address` or `line reason`. */
async function entriesOf(name: string, text: string, format?: string): Promise<string[]> {
  const file = join(folder.path, name);
  writeFileSync(file, text);
  const source = await readRegistrations(file, format, NAMES);
  const entries = await Array.fromAsync(source.entries);
  expect(source.bytesRead()).toBe(source.totalBytes);
  return entries.map((entry) =>
    entry.kind === "registration"
      ? `${entry.line} ${entry.document.address}`
      : `${entry.line} ${entry.reason}`,
  );
}

const NAMES = { usersCollection: "users", tokensCollection: "fcm_tokens" };
const HEADER = "fcm_token,device_type,user\n";
const MISMATCH = "has quotes that do not match";

describe("CSV", () => {
  test.each([
    ["nothing", "", []],
    ["a header only", HEADER, []],
    ["rows", `${HEADER}a,iOS,u\nb,iOS,u`, ["2 a", "3 b"]],
    ["a byte order mark and Windows line ends", `\uFEFF${HEADER}a,iOS,u\r\n\r\nb,iOS,u\r\n`, ["2 a", "4 b"]],
    ["semicolons", "user;fcm_token;device_type\nu;a;iOS\n", ["2 a"]],
    ["tabs", "user\tfcm_token\tdevice_type\nu\ta\tiOS\n", ["2 a"]],
    ["quotes", `"fcm_token", "device_type","user"\n"a,""b""", "iOS" ,"u"\n`, ['2 a,"b"']],
    ["more columns", "note,fcm_token,device_type,user\nx,a,iOS,u\n", ["2 a"]],
    [
      "wrong numbers of columns",
      `${HEADER}a,iOS\nb,iOS,u,x\nc,iOS,u\n`,
      ["2 has 2 columns, and the first line 3", "3 has 4 columns, and the first line 3", "4 c"],
    ],
    [
      "a quoted line break in a column that is ignored",
      `note,${HEADER}"two\r\nlines",a,iOS,u\nx,b,iOS,u\n`,
      ["2 a", "4 b"],
    ],
    [
      "a line break in an address",
      `${HEADER}"a\nb",iOS,u\nc,iOS,u\n`,
      ["2 fcm_token: holds a control character, such as a line break", "4 c"],
    ],
    [
      "a quote that is never closed",
      `${HEADER}a,iOS,u\n"b,iOS,u\nc,iOS,u\nd,iOS,u\n`,
      ["2 a", `3 ${MISMATCH}`, "4 c", "5 d"],
    ],
    [
      "two quotes that are never closed, far apart",
      `${HEADER}"a,iOS,u\n${"b,iOS,u\n".repeat(30)}"c,iOS,u\nd,iOS,u\n`,
      [
        `2 ${MISMATCH}`,
        ...Array.from({ length: 30 }, (_, index) => `${index + 3} b`),
        `33 ${MISMATCH}`,
        "34 d",
      ],
    ],
    [
      "two quotes that are never closed, in a row",
      `${HEADER}"a,iOS,u\n"b,iOS,u\nc,iOS,u\n`,
      [`2 ${MISMATCH}`, `3 ${MISMATCH}`, "4 c"],
    ],
    ["quotes in the middle", `${HEADER}"a"b,iOS,u\nc,iOS,u\n`, [`2 ${MISMATCH}`, "3 c"]],
    ["a line without end", `${HEADER}${"x".repeat(3_000_000)},iOS,u\nb,iOS,u\n`, ["2 is too long", "3 b"]],
  ])("%s", async (_, text, entries) => {
    expect(await entriesOf("devices.csv", text)).toEqual(entries);
  });

  test.each([
    ["a row", "token,iOS,u\n"],
    ["other names", "a,b,c\n"],
    ["no user", "fcm_token,device_type\n"],
    ["binary", "\u0000\u0001\uFFFD\n"],
    ["an open quote", '"fcm_token,device_type,user\n'],
  ])("whose first line is no header is refused whole: %s", async (_, text) => {
    await expect(entriesOf("devices.csv", text)).rejects.toThrow(
      "file: the first line must name the columns fcm_token, device_type, and user or path",
    );
  });
});

describe("NDJSON", () => {
  const line = (address: string) => JSON.stringify({ fcm_token: address, device_type: "iOS", user: "u" });

  test.each([
    ["nothing", "", []],
    ["lines, of which some are empty", `\uFEFF${line("a")}\r\n\n  \n${line("b")}`, ["1 a", "4 b"]],
    ["no JSON", `{bad\n${line("b")}\n{"fcm_token":\n`, ["1 is no JSON", "2 b", "3 is no JSON"]],
    [
      "no objects",
      `[1]\nnull\n5\n"text"\n${line("a")}\n`,
      ["1", "2", "3", "4"].map((number) => `${number} is no JSON object`).concat("5 a"),
    ],
    ["a field that is wrong", `{"fcm_token":"a"}\n`, ["1 device_type: is missing"]],
    ["a line without end", `{"x":"${"x".repeat(3_000_000)}"}\n${line("b")}`, ["1 is too long", "2 b"]],
  ])("%s", async (_, text, entries) => {
    expect(await entriesOf("devices.ndjson", text)).toEqual(entries);
  });
});

describe("which file it is", () => {
  test("the ending tells the format, unless it is given", async () => {
    expect(await entriesOf("devices.JSONL", "[]")).toEqual(["1 is no JSON object"]);
    expect(await entriesOf("devices.txt", `${HEADER}a,iOS,u`, "csv")).toEqual(["2 a"]);
    expect(await entriesOf("devices.csv", "[]", "ndjson")).toEqual(["1 is no JSON object"]);
  });

  test.each([
    ["missing.csv", undefined, /^file: .*missing.csv cannot be read: no such file or directory$/],
    ["folder", undefined, /^file: .* is a folder$/],
    ["text.txt", undefined, /^file: .*text.txt ends in neither .csv nor .ndjson: give its --format$/],
    ["text.txt", "xml", /^--format: must be csv or ndjson$/],
  ])("%s as %s is refused", async (name, format, message) => {
    mkdirSync(join(folder.path, "folder"));
    writeFileSync(join(folder.path, "text.txt"), "");
    await expect(readRegistrations(join(folder.path, name), format, NAMES)).rejects.toThrow(message);
  });
});
