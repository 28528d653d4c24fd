import type { Transport } from "@fanfare/fcm-http2/transport";
import type { Answer } from "@fanfare/shared/domain/answers";
import { hashAddress } from "@fanfare/simulator";
import type { Process, World } from "./world.ts";

/** From this attempt on an address is served without faults, so that every run ends. */
const LAST_FAULTY_ATTEMPT = 5;
/** Messages of one process that may be on their way at once. */
const IN_FLIGHT = 3;

const respond = (status: number, body: object = {}, retryAfter?: string): Answer => ({
  kind: "response",
  status,
  body: JSON.stringify(body),
  retryAfter,
});
const NOT_PROCESSED: Answer = { kind: "not-processed" };
const GONE = respond(404, {
  error: {
    details: [{ "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", errorCode: "UNREGISTERED" }],
  },
});

/** FCM finds fault with the request itself, and blames no address. */
const REFUSED = respond(400, { error: { status: "INVALID_ARGUMENT", message: "refused" } });

/** What may go wrong at an attempt, before FCM has taken the message or after. */
const FAULTS_BEFORE: Answer[] = [
  respond(503),
  { kind: "no-answer", cause: "reset" },
  NOT_PROCESSED,
  respond(429, {}, "1"),
  respond(429),
];
const FAULTS_AFTER: Answer[] = [respond(503), { kind: "no-answer", cause: "reset" }];

/** Told of each message that is written to a connection, and what its sender learns of it. */
export interface Watch {
  written(address: string): void;
  answered(address: string, answer: Answer): void;
}

const UNWATCHED: Watch = { written() {}, answered() {} };

/** FCM, in memory: what becomes of an attempt follows from the seed, the address and the attempt's number. */
export function createFcm(world: World, seed: number, watch = UNWATCHED) {
  const attempts = new Map<string, number>();
  const accepted = new Map<string, number>();
  const add = (counts: Map<string, number>, key: string) => {
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count;
  };
  const isDead = (address: string) => hashAddress(`${seed} dead`, address) % 5 === 0;

  let refusals = 0;
  const refused = new Set<string>();

  function answer(broadcast: string, address: string): Answer {
    const key = `${broadcast} ${address}`;
    if (refusals > 0) {
      refusals -= 1;
      refused.add(key);
      return REFUSED;
    }
    const attempt = add(attempts, key);
    const draw = attempt > LAST_FAULTY_ATTEMPT ? 99 : hashAddress(`${seed} ${attempt}`, key) % 100;
    const before = draw < 30 ? FAULTS_BEFORE[draw % FAULTS_BEFORE.length] : undefined;
    if (before) return before;
    if (isDead(address)) return GONE;
    add(accepted, key);
    return (draw < 45 ? FAULTS_AFTER[draw % FAULTS_AFTER.length] : undefined) ?? respond(200);
  }

  /**
   * The way to FCM of one process. A message that was started waits for a connection, and dies with its process; one
   * that was written may still arrive when its process is dead, at any time.
   */
  function transportOf(process: Process): Transport {
    let free = IN_FLIGHT;
    const waiters: (() => void)[] = [];
    const release = () => {
      const next = waiters.shift();
      if (next) next();
      else free += 1;
    };
    return {
      slot() {
        if (free === 0) return new Promise((resolve) => waiters.push(resolve));
        free -= 1;
        return Promise.resolve();
      },
      unused: release,
      start(index, body, notAfter, onAnswer) {
        const { message } = JSON.parse(body);
        const settle = (came: Answer) => {
          release();
          onAnswer(index, came);
        };
        world.happen(process, "write", () => {
          if (notAfter() <= world.now()) return settle(NOT_PROCESSED);
          watch.written(message.token);
          world.happen(process, "fcm", () => {
            const came = answer(message.android.notification.tag, message.token);
            if (!process.alive) return;
            world.happen(process, "answer", () => {
              watch.answered(message.token, came);
              settle(came);
            });
          });
        });
      },
      async close() {},
    };
  }

  return {
    transportOf,
    isDead,
    /** The codes with which this address may be rejected. */
    codesOf: (broadcast: string, address: string): string[] => [
      ...(isDead(address) ? ["UNREGISTERED"] : []),
      ...(refused.has(`${broadcast} ${address}`) ? ["CONTENT_REFUSED"] : []),
    ],
    /** The next so many messages are refused, whatever they are. */
    refuse(count: number): void {
      refusals = count;
    },
    acceptedOf: (broadcast: string, address: string) => accepted.get(`${broadcast} ${address}`) ?? 0,
  };
}

export type Fcm = ReturnType<typeof createFcm>;
