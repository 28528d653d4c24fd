import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { MAX_LINE_LENGTH, readLines } from "./read-lines.ts";

async function linesOf(...chunks: string[]): Promise<(string | null)[]> {
  const lines = await Array.fromAsync(readLines(Readable.from(chunks)));
  expect(lines.map(({ number }) => number)).toEqual(lines.map((_, index) => index + 1));
  return lines.map(({ text }) => text);
}

test.each([
  ["no text", [""], []],
  ["one line without an end", ["a"], ["a"]],
  ["an end of Unix, Windows and the old Mac", ["a\nb\r\nc\rd\n"], ["a", "b", "c", "d"]],
  ["empty lines", ["\n\r\n\r\ra"], ["", "", "", "", "a"]],
  ["lines over several chunks", ["a", "b\nc", "\n"], ["ab", "c"]],
  ["a Windows end that is cut in two", ["a\r", "\nb\r", "c\r"], ["a", "b", "c"]],
  ["a byte order mark", ["\uFEFFa\n\uFEFFb"], ["a", "\uFEFFb"]],
])("%s", async (_, chunks, lines) => {
  expect(await linesOf(...chunks)).toEqual(lines);
});

test("a line that is too long is left out, and the next is read", async () => {
  const half = "x".repeat(MAX_LINE_LENGTH / 2 + 1);
  expect(await linesOf("a\n", half, half, half, "\nb\n", `${half}${half}\nc`)).toEqual([
    "a",
    null,
    "b",
    null,
    "c",
  ]);
});
