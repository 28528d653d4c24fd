import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Content } from "./broadcast.ts";
import { buildMessage, encodeBody, encodeRest, type Message, payloadBytes } from "./message.ts";

const ID = "b0123456789abcdef01234567";
const SENT_AT = 1_800_000_000_999;

const MINIMAL: Content = { title: "Hello", text: "World" };
const FULL: Content = {
  title: "Grüße 👋🏽",
  text: 'Line\n"two"',
  image: "https://example.com/a.png",
  sound: "chime",
  initialPage: "Offer",
  parameterData: '{"id":7}',
  data: { campaign: "spring", "odd key": "" },
  ttlSeconds: 3600,
  priority: "high",
  collapseId: "offer-7",
  badge: 3,
  channel: "news",
};

/** The message of a content, sent to the token "TOKEN", as FCM reads it. */
function sent(content: Content): unknown {
  return JSON.parse(encodeBody(encodeRest(buildMessage({ id: ID, content }, SENT_AT)), "token", "TOKEN"));
}

describe("how long FCM may keep a message", () => {
  const release = 1_800_000_000_000;
  const keep = (fields: { ttlSeconds?: number; deadline?: number }, waitedMs: number) => {
    const { deadline, ttlSeconds } = fields;
    const content = { ...MINIMAL, ttlSeconds };
    const { android, apns } = buildMessage(
      { id: ID, content, releasedAt: release, deadline },
      release + waitedMs,
    );
    return [android.ttl, apns.headers["apns-expiration"]];
  };

  test.each<[string, Parameters<typeof keep>, unknown[]]>([
    ["is FCM's to say where nothing is asked for", [{}, 5_000], [undefined, undefined]],
    ["is the TTL at the release", [{ ttlSeconds: 60 }, 0], ["60s", "1800000060"]],
    ["is a little less after a moment", [{ ttlSeconds: 60 }, 999], ["60s", "1800000060"]],
    ["shrinks with the time waited", [{ ttlSeconds: 60 }, 15_000], ["45s", "1800000060"]],
    ["is nothing after its end", [{ ttlSeconds: 60 }, 61_000], ["0s", "1800000060"]],
    ["stays now or never", [{ ttlSeconds: 0, deadline: release + 9_000 }, 5_000], ["0s", "0"]],
    ["ends at the deadline", [{ deadline: release + 90_500 }, 30_000], ["61s", "1800000090"]],
    [
      "ends at what comes first",
      [{ ttlSeconds: 60, deadline: release + 30_000 }, 10_000],
      ["20s", "1800000030"],
    ],
    ["is four weeks at most", [{ deadline: release + 9e9 }, 0], ["2419200s", "1802419200"]],
  ])("%s", (_, given, expected) => {
    expect(keep(...given)).toEqual(expected);
  });
});

describe("the message of a content", () => {
  test("that is minimal", () => {
    expect(sent(MINIMAL)).toStrictEqual({
      message: {
        token: "TOKEN",
        notification: { title: "Hello", body: "World" },
        data: { initialPageName: "", parameterData: "" },
        android: { notification: { tag: ID } },
        apns: { headers: { "apns-collapse-id": ID } },
      },
    });
  });

  test("that is full", () => {
    expect(sent(FULL)).toStrictEqual({
      message: {
        token: "TOKEN",
        notification: { title: "Grüße 👋🏽", body: 'Line\n"two"', image: "https://example.com/a.png" },
        data: { campaign: "spring", "odd key": "", initialPageName: "Offer", parameterData: '{"id":7}' },
        android: {
          ttl: "3600s",
          priority: "high",
          notification: { tag: "offer-7", sound: "chime", channel_id: "news", notification_count: 3 },
        },
        apns: {
          headers: {
            "apns-collapse-id": "offer-7",
            "apns-expiration": "1800003600",
            "apns-priority": "10",
          },
          payload: { aps: { sound: "chime", badge: 3, "mutable-content": 1 } },
          fcm_options: { image: "https://example.com/a.png" },
        },
      },
    });
  });

  test.each([
    [" HTTPS://Example.com/Grüße 1.png\n", "https://example.com/Gr%C3%BC%C3%9Fe%201.png"],
    ["https://example.com", "https://example.com/"],
    ["http://bücher.example/ä", "http://xn--bcher-kva.example/%C3%A4"],
    ["https://example.com/a%20b?c=d|e", "https://example.com/a%20b?c=d|e"],
  ])("has the image %j as an address that phones can load", (image, address) => {
    const { notification, apns } = buildMessage({ id: ID, content: { ...MINIMAL, image } }, SENT_AT);
    expect(notification.image).toBe(address);
    expect(apns.fcm_options).toEqual({ image: address });
  });

  test("has a sound without white space around it, and none where nothing else is there", () => {
    const withSound = (sound: string) => buildMessage({ id: ID, content: { ...MINIMAL, sound } }, SENT_AT);
    const { android, apns } = withSound(" chime.caf\n");
    expect(android.notification.sound).toBe("chime.caf");
    expect(apns.payload).toEqual({ aps: { sound: "chime.caf" } });
    expect(withSound(" \t")).toEqual(buildMessage({ id: ID, content: MINIMAL }, SENT_AT));
  });

  test("has text for both of the keys that FlutterFlow's client reads, whatever the data holds", () => {
    const data = { initialPageName: "x", parameterData: "y", other: "z" };
    const message = buildMessage({ id: ID, content: { ...MINIMAL, data } }, SENT_AT);
    expect(message.data).toEqual({ initialPageName: "", parameterData: "", other: "z" });
  });

  test("with a TTL of 0 is for now or never on both platforms", () => {
    const message = buildMessage({ id: ID, content: { ...MINIMAL, ttlSeconds: 0 } }, SENT_AT);
    expect(message.android.ttl).toBe("0s");
    expect(message.apns.headers["apns-expiration"]).toBe("0");
  });

  test("of normal priority saves the phone's battery on both platforms", () => {
    const message = buildMessage({ id: ID, content: { ...MINIMAL, priority: "normal" } }, SENT_AT);
    expect(message.android.priority).toBe("normal");
    expect(message.apns.headers["apns-priority"]).toBe("5");
  });

  test("keeps a badge of 0, which clears the icon", () => {
    const message = buildMessage({ id: ID, content: { ...MINIMAL, badge: 0 } }, SENT_AT);
    expect(message.android.notification.notification_count).toBe(0);
    expect(message.apns.payload).toEqual({ aps: { badge: 0 } });
  });

  test("is the same for every attempt but for the time on which it expires", () => {
    const first = buildMessage({ id: ID, content: FULL }, SENT_AT);
    const later = buildMessage({ id: ID, content: FULL }, SENT_AT + 10_000);
    expect(later.apns.headers["apns-expiration"]).toBe("1800003610");
    later.apns.headers["apns-expiration"] = first.apns.headers["apns-expiration"] as string;
    expect(later).toEqual(first);
  });
});

describe("the body of a request", () => {
  const rest = encodeRest(buildMessage({ id: ID, content: FULL }, SENT_AT));
  const parse = (kind: "token" | "fid", address: string) =>
    JSON.parse(encodeBody(rest, kind, address)).message;

  test.each(['a"b', "a\\b", "a\nb", "a\n", "\u2028", "", "</script>", "é👋🏽", "x:APA91b-_y", "\ud800"])(
    "holds the address %j as it is",
    (address) => {
      expect(parse("token", address)).toMatchObject({ token: address, notification: { title: FULL.title } });
    },
  );

  test("names the target by its kind", () => {
    expect(parse("fid", "f1")).toMatchObject({ fid: "f1" });
    expect(parse("fid", "f1")).not.toHaveProperty("token");
    expect(parse("token", "f1")).not.toHaveProperty("fid");
  });

  test.each(["__proto__", "constructor", "toString"])("holds data under the key %s", (key) => {
    const content = { title: "Hello", text: "World", data: Object.fromEntries([[key, "value"]]) };
    const { message } = JSON.parse(
      encodeBody(encodeRest(buildMessage({ id: ID, content }, 0)), "token", "a"),
    );
    expect(Object.entries(message.data)).toContainEqual([key, "value"]);
  });

  test("parses back to what went in, whatever the texts are", () => {
    const text = fc.string({ unit: "binary" });
    const texts = fc.record({ address: text, title: text, key: text, value: text });
    const property = fc.property(texts, ({ address, title, key, value }) => {
      fc.pre(key !== "initialPageName" && key !== "parameterData");
      const content = { title, text: value, data: Object.fromEntries([[key, value]]) };
      const body = encodeBody(encodeRest(buildMessage({ id: ID, content }, 0)), "token", address);
      const { message } = JSON.parse(body);
      expect(message.token).toBe(address);
      expect(message.notification).toEqual({ title, body: value });
      expect(Object.entries(message.data)).toContainEqual([key, value]);
    });
    fc.assert(property);
  });
});

describe("the size of a message", () => {
  const bytes = (content: Content) => payloadBytes(buildMessage({ id: ID, content }, 0));
  /** Keys and values of a minimal message without its title and text. */
  const frame =
    "title".length +
    "body".length +
    "initialPageName".length +
    "parameterData".length +
    "tag".length +
    ID.length;

  test("counts keys and values", () => {
    expect(bytes(MINIMAL)).toBe(frame + 10);
    expect(bytes({ ...MINIMAL, data: { key: "value" } })).toBe(frame + 18);
  });

  test("counts bytes, not characters", () => {
    expect(bytes({ title: "é", text: "👋" })).toBe(frame + 6);
    expect(bytes({ ...MINIMAL, data: { ключ: "値" } })).toBe(frame + 10 + 8 + 3);
  });

  test("counts what the platform with more gets, and not both", () => {
    const message: Message = {
      notification: { title: "ab", body: "" },
      data: {},
      android: { notification: { tag: "12345" } },
      apns: { headers: { "apns-collapse-id": "not counted" }, payload: { aps: { sound: "x", badge: 10 } } },
    };
    const common = 5 + 2 + 4;
    expect(payloadBytes(message)).toBe(common + 3 + 6 + 7);
    message.android.notification.tag = "x".repeat(50);
    expect(payloadBytes(message)).toBe(common + 3 + 50);
    message.apns.fcm_options = { image: "y".repeat(60) };
    expect(payloadBytes(message)).toBe(common + 3 + 6 + 7 + 5 + 60);
  });

  test("does not depend on time", () => {
    const content = { ...MINIMAL, ttlSeconds: 60, priority: "high" as const };
    expect(bytes(content)).toBe(bytes(MINIMAL));
  });
});
