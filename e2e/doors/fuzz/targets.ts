import { createHash } from "node:crypto";
import { CONSOLE_COLLECTION } from "@fanfare/shared/domain/flutterflow";
import { documentEvent } from "@fanfare/shared/hosting/document-event";
import type { Chance } from "../../chaos/chance.ts";

/** What a function is called with when nothing is wrong. */
export type Good =
  | { kind: "push"; subscription: string; data: unknown }
  | { kind: "json"; headers: [string, string][]; body: unknown }
  | { kind: "bytes"; headers: [string, string][]; body: Buffer };

/** What is built and called: a service that Pub/Sub pushes to, or a function. */
export interface Target {
  name: string;
  service: string;
  function: string;
  /** Called by apps with a user's token; all others by Google with its own. */
  isCalled: boolean;
  /** The longest body that is read, in bytes. */
  maxBytes: number;
  good(secret: string, chance: Chance): Good;
}

const [KB, MB] = [1024, 1024 * 1024];

/** Ids are derived, so that they look like what a hash makes. */
const idOf = (secret: string) => `b${createHash("sha256").update(secret).digest("hex").slice(0, 24)}`;

const push = (subscription: string, data: object): Good => ({
  kind: "push",
  subscription,
  data: { v: 1, ...data },
});

function target(name: string, maxBytes: number, good: Target["good"], isCalled = false): Target {
  const [service = "", own = ""] = name.split(".");
  return { name, service, function: own, isCalled, maxBytes, good };
}

/** Any message of a service, all of which come to one place; some of them dead. */
function pushes(service: string, good: Target["good"], dead: (secret: string) => object): Target {
  return target(`${service}.push`, 14 * MB, (secret, chance) =>
    chance.is(0.2) ? push(`${service}.bury`, dead(secret)) : good(secret, chance),
  );
}

function broadcast(secret: string, chance: Chance): Good {
  return push("scheduler.requests", {
    caller: "fuzz",
    idempotencyKey: secret,
    content: {
      title: "Sale",
      text: secret,
      data: { page: "1", note: secret },
      image: "https://example.com/a.png",
      ttlSeconds: 600,
      collapseId: "sale",
      initialPage: "Offer",
      parameterData: JSON.stringify({ note: secret }),
    },
    audience: { users: [`users/${secret}`] },
    ...(chance.is(0.5) && { at: "2099-01-31T18:00:00Z" }),
    onCrash: "repeat",
    perMinute: 600,
  });
}

const call = (secret: string): Good => ({
  kind: "json",
  headers: [],
  body: { data: { userDocPath: `/users/${secret}`, fcmToken: secret, fid: null, deviceType: "iOS" } },
});

function document(secret: string, chance: Chance): Good {
  const kind = chance.pick(["created", "updated", "deleted", "written"] as const);
  const event = { kind, path: `${CONSOLE_COLLECTION}/${secret}`, createdAt: 1_800_000_000_000_000 };
  const { headers, body } = documentEvent(event);
  return { kind: "bytes", headers: Object.entries(headers), body };
}

function deletion(secret: string, chance: Chance): Good {
  const data = { uid: secret };
  const type = "google.firebase.auth.user.v1.deleted";
  switch (chance.pick(["legacy", "structured", "binary", "document"] as const)) {
    case "legacy":
      return json({ data, context: { eventType: "providers/firebase.auth/eventTypes/user.delete" } });
    case "structured":
      return json({ specversion: "1.0", type, time: "2027-01-31T18:00:00Z", data });
    case "binary":
      return { ...json(data), headers: [["ce-type", type]] } as Good;
    case "document": {
      const event = { kind: "deleted", path: `users/${secret}`, createdAt: 1_800_000_000_000_000 } as const;
      const { headers, body } = documentEvent(event);
      return { kind: "bytes", headers: Object.entries(headers), body };
    }
  }
}

const json = (body: unknown): Good => ({ kind: "json", headers: [], body });

const request = (secret: string, chance: Chance) =>
  chance.is(0.2) ? push("scheduler.tick", {}) : broadcast(secret, chance);

const work = (secret: string, chance: Chance) =>
  chance.is(0.5)
    ? push("resolver.due", { broadcastId: idOf(secret) })
    : push("resolver.ranges", { rangeId: `${idOf(secret)}.000` });

const chunk = (secret: string, chance: Chance) =>
  chance.is(0.2)
    ? push("sender.prune", { type: "broadcast.prune", eventId: secret, broadcastId: idOf(secret) })
    : push(chance.pick(["sender.chunks", "sender.chunks-urgent"]), {
        chunkId: `${idOf(secret)}.000.000000`,
      });

export const TARGETS: readonly Target[] = [
  pushes("scheduler", request, (secret) => ({ caller: "fuzz", idempotencyKey: secret })),
  target("scheduler.documents", 4 * MB, document),
  pushes("resolver", work, (secret) => ({ rangeId: `${idOf(secret)}.000` })),
  pushes("sender", chunk, (secret) => ({ chunkId: `${idOf(secret)}.000.000000` })),
  target("registrar.addFcmToken", 16 * KB, call, true),
  target("registrar.removeFcmToken", 16 * KB, call, true),
  target("registrar.userDeleted", 4 * MB, deletion),
];
