import { describe, expect, test } from "vitest";
import { unknownFields } from "./flutterflow-fields.ts";

const KNOWN = {
  ...{ notification_title: "T", notification_text: "T", notification_image_url: "", notification_sound: "" },
  ...{ initial_page_name: "", parameter_data: "", target_audience: "All", user_refs: "", sender: "users/a" },
  ...{ scheduled_time: null, timestamp: 1, batch_index: 0, num_batches: 2 },
  ...{ status: "started", num_sent: 0, error: "" },
};

const narrowing = (fields: object, ignored: string[] = []) =>
  unknownFields({ ...KNOWN, ...fields }, new Set(ignored)).narrowing;

test("what FlutterFlow's writers write is known", () => {
  expect(unknownFields(KNOWN, new Set())).toEqual({ narrowing: [], others: [] });
});

describe("a field narrows the audience by its name", () => {
  test.each([
    ...[
      "target_user_group",
      "target_anything",
      "targetUsers",
      "my_audience",
      "userSegment",
      "Groups",
      "ROLE",
    ],
    ...["topics", "filter_by", "hashtag", "City", "country_code", "languages"],
  ])("%s", (name) => {
    expect(narrowing({ [name]: "Admins" })).toEqual([name]);
  });

  test.each(["campaign", "targets", "note", "is_read", "user_ref", "createdBy", "retarget"])(
    "and others do not: %s",
    (name) => {
      expect(unknownFields({ ...KNOWN, [name]: "x" }, new Set())).toEqual({ narrowing: [], others: [name] });
    },
  );
});

test.each([[undefined], [null], [""], ["  "], [[]], [{}], [false]])(
  "an empty one asks for nothing: %j",
  (value) => {
    expect(unknownFields({ target_city: value }, new Set())).toEqual({
      narrowing: [],
      others: ["target_city"],
    });
  },
);

test.each([[0], [true], [["a"]], [{ a: 1 }], ["Admins"]])("a value narrows: %j", (value) => {
  expect(narrowing({ target_city: value })).toEqual(["target_city"]);
});

test("those that a setting names are left out", () => {
  expect(narrowing({ city: "Rome", role: "x" }, ["city"])).toEqual(["role"]);
  expect(unknownFields({ campaign: 1 }, new Set(["campaign"]))).toEqual({ narrowing: [], others: [] });
});
