import type { Chance } from "../../chaos/chance.ts";
import { type Json, render, toJson } from "./json.ts";
import { breakBytes, breakText, mutate } from "./mutate.ts";
import { bytesOf, type Draft, type Drawn, headersOf } from "./request.ts";
import { type Good, TARGETS } from "./targets.ts";

type Headers = [string, string][];
interface Message {
  headers: Headers;
  body: string | Buffer;
  kind: string;
}

const JSON_TYPE: [string, string] = ["Content-Type", "application/json"];

/** A request as a function wants it. */
export function goodRequest(draft: Draft): Drawn {
  const { target, secret, chance } = draft;
  const { headers, body } = wrap(draft, target.good(secret, chance));
  return { kind: "good", steps: [bytesOf({ headers: [...headersOf(draft), ...headers], body })] };
}

/** A request that is wrong in what it says, and right in how it says it. */
export function nearRequest(draft: Draft): Drawn {
  const { target, secret, chance } = draft;
  if (chance.is(0.08)) return withToken(draft);
  const { headers, body, kind } = spoil(draft, target.good(secret, chance));
  return { kind, steps: [bytesOf({ headers: [...headersOf(draft), ...headers], body })] };
}

function spoil(draft: Draft, good: Good): Message {
  const { chance, secret } = draft;
  switch (good.kind) {
    case "push":
      return spoilPush(draft, good);
    case "json": {
      const { json, kind } = mutate(toJson(good.body), chance, secret);
      return spoilText(
        { headers: [JSON_TYPE, ...spoilHeaders(good.headers, chance, secret)], body: render(json), kind },
        draft,
      );
    }
    case "bytes": {
      const onHeaders = chance.is(0.3);
      const headers = onHeaders ? spoilHeaders(good.headers, chance, secret) : good.headers;
      const body = onHeaders ? good.body : breakBytes(good.body, chance);
      return { headers, body, kind: onHeaders ? "headers of an event" : "bytes of an event" };
    }
  }
}

function wrap({ project, chance }: Draft, good: Good): Omit<Message, "kind"> {
  if (good.kind === "json") return { headers: [JSON_TYPE, ...good.headers], body: JSON.stringify(good.body) };
  if (good.kind === "bytes") return good;
  const data = Buffer.from(JSON.stringify(good.data)).toString("base64");
  return { headers: [JSON_TYPE], body: render(envelope(project, good.subscription, data, chance)) };
}

function envelope(project: string, subscription: string, data: string, chance: Chance): Json {
  const messageId = String(chance.between(1, 999_999_999));
  return toJson({
    subscription: `projects/${project}/subscriptions/${subscription}`,
    deliveryAttempt: 1,
    message: { messageId, data, attributes: { source: "fuzz" }, publishTime: "2027-01-31T18:00:00Z" },
  });
}

function spoilPush(draft: Draft, { subscription, data }: Extract<Good, { kind: "push" }>): Message {
  const { chance, secret, project } = draft;
  const isInside = chance.is(0.6);
  const inner = isInside ? mutate(toJson(data), chance, secret) : { json: toJson(data), kind: "" };
  const text =
    isInside && chance.is(0.05) ? breakText(render(inner.json), chance, secret) : render(inner.json);
  const base64 = Buffer.from(text).toString("base64");
  const whole = envelope(project, subscription, base64, chance);
  const outer = isInside ? { json: whole, kind: inner.kind } : spoilEnvelope(draft, whole, base64);
  return spoilText({ ...inForm(outer.json, draft), kind: outer.kind }, draft);
}

function spoilEnvelope(
  { chance, secret, project }: Draft,
  whole: Json,
  base64: string,
): { json: Json; kind: string } {
  if (chance.is(0.5)) return mutate(whole, chance, secret);
  const names = TARGETS.flatMap((one) => {
    const good = one.good(secret, chance);
    return good.kind === "push" ? [good.subscription] : [];
  });
  if (chance.is(0.5))
    return {
      json: envelope(project, chance.pick([...names, secret, ""]), base64, chance),
      kind: "other subscription",
    };
  const wrong = chance.pick([
    `${base64}!`,
    base64.slice(1),
    `${secret}`,
    "_-_-",
    Buffer.from([0xff, 0xfe]).toString("base64"),
  ]);
  return { json: envelope(project, names[0] ?? "", wrong, chance), kind: "wrong base64" };
}

/** As Pub/Sub pushes, or as an event trigger makes a CloudEvent of it, in one form or the other. */
function inForm(json: Json, { chance, secret, project }: Draft): { headers: Headers; body: string } {
  const source = `//pubsub.googleapis.com/projects/${project}/topics/${chance.pick(["tick", "token-chunks", secret])}`;
  if (chance.is(0.8)) return { headers: [JSON_TYPE], body: render(json) };
  if (chance.is(0.5))
    return { headers: [JSON_TYPE, ["ce-source", source], ["ce-specversion", "1.0"]], body: render(json) };
  const event: Json = {
    fields: [
      ["specversion", "1.0"],
      ["source", source],
      ["data", json],
    ],
  };
  return { headers: [["Content-Type", "application/cloudevents+json"]], body: render(event) };
}

function spoilText(message: Message & { body: string }, { chance, secret }: Draft): Message {
  if (chance.is(0.93)) return message;
  return { ...message, body: breakText(message.body, chance, secret), kind: "not JSON" };
}

function spoilHeaders(headers: Headers, chance: Chance, secret: string): Headers {
  return headers.flatMap(([name, value]): Headers => {
    if (chance.is(0.7)) return [[name, value]];
    return chance.pick([
      [],
      [[name, secret]],
      [[name, ""]],
      [
        [name, value],
        [name, value],
      ],
      [[name, value + secret]],
    ]);
  });
}

/** A request that is right but for the token that it should be believed by. */
function withToken(draft: Draft): Drawn {
  const { chance, secret, token } = draft;
  const [head = "", claims = "", signature = ""] = token.split(".");
  const forged = Buffer.from(JSON.stringify({ sub: secret, uid: secret, email: secret })).toString(
    "base64url",
  );
  const wrong = chance.pick([
    secret,
    `Bearer ${secret}`,
    "Bearer ",
    `Bearer ${head}.${claims}.`,
    `Bearer ${head}.${claims}.SIGNATURE_REMOVED_BY_GOOGLE`,
    `Bearer ${head}.${forged}.${signature}`,
    `Bearer ${Buffer.from('{"alg":"none"}').toString("base64url")}.${claims}.`,
    `Bearer ${token}${secret}`,
    `Basic ${token}`,
    `Bearer ${"e".repeat(chance.pick([100, 7_000]))}.${secret}`,
  ]);
  const { headers, body } = wrap(draft, draft.target.good(secret, chance));
  const own = headersOf(draft).map(([name, value]): [string, string] => [
    name,
    name === "Authorization" ? wrong : value,
  ]);
  return { kind: "other token", steps: [bytesOf({ headers: [...own, ...headers], body })] };
}
