import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readFcmError, wordsOf } from "./fcm-error.ts";

const words = (message: string, address = "") => wordsOf(400, { message, violations: [] }, address);

describe("what an answer says", () => {
  test("is its status, its name, APNs' reason and its message", () => {
    const error = { status: "INVALID_ARGUMENT", message: "No.", apnsReason: "BadTopic", violations: [] };
    expect(wordsOf(400, error, "")).toBe("400 INVALID_ARGUMENT (APNs: BadTopic) No.");
    expect(wordsOf(404, { violations: [] }, "")).toBe("404");
  });

  test("is one line, whatever breaks lines, without control characters", () => {
    expect(words(" a\r\n\tb\u2028c\u0000d\u001b[31me\u0085f ")).toBe("400 a b c d [31me f");
  });

  test("leaves out the address, wherever and however often it is", () => {
    expect(words("(fid.x$&) fid.x$& fidsx", "fid.x$&")).toBe("400 (…) … fidsx");
  });

  test("leaves out what looks like an address of any device", () => {
    const token = `dXz-9_:APA91b${"aB3_-".repeat(30)}`;
    expect(words(`The token "${token}" and ${"0f".repeat(32)}.`)).toBe('400 The token "…" and ….');
    expect(words("projects/my-project-123456/messages/x"), "a name is not one").toContain(
      "my-project-123456",
    );
  });

  test("has at most 200 characters, whole ones, and never an address or a part of it", () => {
    const address = fc.string({ unit: fc.constantFrom(..."aZ0_-:"), minLength: 22, maxLength: 60 });
    const text = fc.string({ unit: "grapheme", maxLength: 300, size: "max" });
    const property = fc.property(text, address, text, (before, address, after) => {
      const says = words(`${before} ${address} ${after}`, address);
      expect(says.length).toBeLessThanOrEqual(200);
      expect(says.isWellFormed()).toBe(true);
      expect(says).not.toContain(address.slice(0, 20));
      expect(says).not.toMatch(/[\r\n\p{Cc}]/u);
    });
    fc.assert(property);
    expect(words(`${"x".repeat(30)} ${"\u{1F600}".repeat(100)}`).isWellFormed()).toBe(true);
  });
});

describe("the body of an error", () => {
  test("is read from its details, in any order", () => {
    const type = "type.googleapis.com/google";
    const details = [
      { "@type": `${type}.rpc.BadRequest`, fieldViolations: [{ field: "a" }, { field: "b" }] },
      { "@type": `${type}.rpc.ErrorInfo`, reason: "R", metadata: { consumer: "projects/1" } },
      { "@type": `${type}.firebase.fcm.v1.ApnsError`, reason: "A" },
      { "@type": `${type}.firebase.fcm.v1.FcmError`, errorCode: "C" },
    ];
    const found = {
      status: "S",
      message: "M",
      code: "C",
      apnsReason: "A",
      reason: "R",
      consumer: "projects/1",
    };
    for (const some of [details, details.toReversed()])
      expect(readFcmError(JSON.stringify({ error: { status: "S", message: "M", details: some } }))).toEqual({
        ...found,
        violations: ["a", "b"],
      });
  });

  test.each([
    "",
    "<html>",
    "null",
    "[]",
    '"x"',
    '{"error":"x"}',
    '{"error":[]}',
    '{"error":null}',
    '{"errors":{}}',
  ])("is not one: %j", (body) => expect(readFcmError(body)).toBeNull());
});
