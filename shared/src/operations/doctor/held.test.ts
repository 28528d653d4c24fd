import { expect, test } from "vitest";
import { describeHeld, type Held } from "./held.ts";

const START = Date.UTC(2026, 10, 30);

const held = (id: string, gate: Partial<Held["gate"]> = {}): Held => ({
  id,
  gate: { reason: "no", by: "sender", at: START, ...gate },
});

test("what is held for what FCM refuses can also go on without the refused devices", () => {
  expect(describeHeld([held("b1", { doubts: "CONTENT_REFUSED" })])).toMatchObject([
    {
      about: "b1",
      doThis:
        "mend the cause, then fanfare resume b1 --held; or fanfare resume b1 --held --accept-refusals, " +
        "which rejects the devices that FCM refuses and sends to the rest; or fanfare cancel b1",
    },
  ]);
});

test("300 broadcasts that one fault holds are told once, and each other fault by itself", () => {
  const fields = { reason: "FCM refuses the credential", doubts: "CREDENTIAL_REFUSED" };
  const many = Array.from({ length: 300 }, (_, index) =>
    held(`b${index}`, { ...fields, at: START + 300 - index }),
  );
  const since = new Date(START + 1).toISOString();
  expect(describeHeld([...many, held("other")])).toEqual([
    {
      check: "held",
      ok: false,
      message:
        `300 broadcasts are held since ${since} by sender: FCM refuses the credential ` +
        "(b0, b1, b2, and 297 more in fanfare list --state running)",
      doThis: "mend the cause, then for each fanfare resume <id> --held; or fanfare cancel <id>",
    },
    expect.objectContaining({ about: "other", message: expect.stringContaining(": no") }),
  ]);
});

test("two that one fault holds are both named", () => {
  const [finding, ...more] = describeHeld(["b1", "b2"].map((id) => held(id, { doubts: "CONTENT_REFUSED" })));
  expect(more).toEqual([]);
  expect(finding?.message).toMatch(/^2 broadcasts are held .*: no \(b1, b2\)$/);
  expect(finding?.doThis).toContain("fanfare resume <id> --held --accept-refusals");
});
