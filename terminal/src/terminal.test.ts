import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { printable, shield, WIPE } from "./terminal.ts";

/** A stream that is shielded, and what reaches its end. */
function makeStream() {
  const texts: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      texts.push(String(chunk));
      done();
    },
  });
  shield(stream);
  return { stream, written: () => texts.join("") };
}

test.each([
  ["\x1b[2J\x1b]52;c;aGk=\x07", "\\u001b[2J\\u001b]52;c;aGk=\\u0007"],
  ["a\rb\bc\x7f", "a\\u000db\\u0008c\\u007f"],
  ["\x9b31m", "\\u009b31m"],
  ["\0", "\\u0000"],
])("control characters are shown, not obeyed: %j", (text, shown) => {
  expect(printable(text)).toBe(shown);
});

test("lines, tabs and all other text stay as they are", () => {
  const text = "one\n\ttwo Grüße 👋🏽 \\u001b";
  expect(printable(text)).toBe(text);
});

test("JSON means the same as before", () => {
  const value = { title: "\x1b\x9b\x7f\n", "\x85": 1 };
  expect(JSON.parse(printable(JSON.stringify(value)))).toEqual(value);
});

test("a shielded stream shows texts and bytes alike, also a character that comes in two parts", () => {
  const { stream, written } = makeStream();
  stream.write("a\x1bb");
  for (const byte of Buffer.from("ü\x9b👋")) stream.write(Buffer.from([byte]));
  expect(written()).toBe("a\\u001bbü\\u009b👋");
});

test("a shielded stream still wipes its own line, and nothing in the middle of a text does", () => {
  const { stream, written } = makeStream();
  stream.write(`${WIPE}50%`);
  stream.write(`title ${WIPE}`);
  expect(written()).toBe(`${WIPE}50%title \\u000d\\u001b[K`);
});

test("a writer is told when its text is out", async () => {
  const { stream } = makeStream();
  await new Promise<void>((resolve) => stream.write("a", "utf8", () => resolve()));
  await new Promise<void>((resolve) => stream.write("b", () => resolve()));
  await new Promise<void>((resolve) => stream.end("c", resolve));
});
