import { expect, test } from "vitest";
import { onOneLine, quote } from "./quote.ts";

test.each([
  ["campaign_2", "campaign_2"],
  ["ff_push_notifications/Größe-1.a", "ff_push_notifications/Größe-1.a"],
  ["", '""'],
  ["two words, or more", '"two words, or more"'],
  ["a\n!! held: b", '"a\\n!! held: b"'],
  ["\u001b[2J\u009b1m", '"\\u001b[2J\\u009b1m"'],
  ["a\u2028b\u202ec\u{e0001}", '"a\\u2028b\\u202ec\\udb40\\udc01"'],
])("the name %j is quoted as %s", (name, quoted) => {
  expect(quote(name)).toBe(quoted);
});

test("a text from outside stays on its line", () => {
  expect(onOneLine("sent\r\n2 refused\tby ä")).toBe("sent\\u000d\\u000a2 refused\\u0009by ä");
});
