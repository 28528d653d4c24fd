import type { Answer } from "@fanfare/shared/domain/answers";
import { CHUNK_SIZE } from "@fanfare/shared/domain/chunk";
import type { Platform } from "@fanfare/shared/domain/registration";
import { makeBroadcast, makeMembers } from "@fanfare/shared/testing/records";
import pLimit from "p-limit";
import { createSendChunk } from "../send-chunk.ts";
import type { Bench } from "./bench.ts";
import { ACCEPTED, type ScriptedTransport, type Started } from "./scripted-transport.ts";

/** Several senders at work on one broadcast, each as blind to the others as it can be: time stands still. */
export interface Fleet {
  broadcast: string;
  /** Sends every chunk, until none can go on. FCM answers all that is under way only when nobody starts more. */
  work(): Promise<void>;
  /** What FCM answers from now on; a number of messages may come before. */
  answerBy(answer: (started: Started) => Answer, after?: number): void;
  /** How often FCM answered other than by accepting. */
  readonly bad: number;
  /** How often FCM accepted each address. */
  readonly accepted: ReadonlyMap<string, number>;
  platformOf(address: string): Platform | undefined;
  /** Access tokens that each sender fetched. */
  readonly renewals: number[];
}

interface Rules {
  senders: number;
  /** Of one sender. */
  chunks: number;
  /** Of the members, one after the other; absent, they are of none by name. */
  platforms?: Platform[];
  /** Messages that all senders together can have under way, as their quota and FCM's delay decide. */
  inFlight?: number;
}

const CHUNKS_AT_ONCE = 4;

export async function createFleet(
  bench: Bench,
  { senders, chunks, inFlight, platforms = [] }: Rules,
): Promise<Fleet> {
  const broadcast = makeBroadcast("fleet");
  await bench.store.broadcasts.create(broadcast);
  const platformOf = (address: string) => platforms[Number(address.slice(-6)) % platforms.length];
  const lists = Array.from({ length: senders * chunks }, (_, n) =>
    makeMembers(CHUNK_SIZE, n * CHUNK_SIZE).map((one) => ({ ...one, platform: platformOf(one.address) })),
  );
  const ids = await bench.addChunks(broadcast.id, lists);
  const accepted = new Map<string, number>();
  let pending: (() => void)[] = [];
  let script: (started: Started) => Answer = () => ACCEPTED;
  let goodLeft = Number.POSITIVE_INFINITY;
  let bad = 0;

  function decide(started: Started): Answer {
    if (started.checkOnly) return script(started);
    const answer = goodLeft > 0 ? ACCEPTED : script(started);
    goodLeft -= 1;
    if (answer === ACCEPTED) accepted.set(started.address, (accepted.get(started.address) ?? 0) + 1);
    else bad += 1;
    return answer;
  }

  const wire = (started: Started) =>
    new Promise<Answer>((resolve) => pending.push(() => resolve(decide(started))));
  const fleet = Array.from({ length: senders }, () => {
    const sender = bench.createSender(wire, { active: (_lane, work) => limit(work) });
    const limit = pLimit(CHUNKS_AT_ONCE);
    if (inFlight !== undefined) limitSlots(sender.transport, Math.floor(inFlight / senders));
    return { ...sender, sendChunk: createSendChunk(sender.deps) };
  });

  async function work(): Promise<void> {
    let over = false;
    const handled = ids.map((id, index) => fleet[index % senders]?.sendChunk(id));
    const all = Promise.all(handled).finally(() => {
      over = true;
    });
    while (!over) {
      await new Promise(setImmediate);
      const answers = pending;
      pending = [];
      for (const answer of answers) answer();
    }
    await all;
  }

  return {
    broadcast: broadcast.id,
    work,
    answerBy(answer, after = 0) {
      [script, goodLeft] = [answer, after];
    },
    get bad() {
      return bad;
    },
    accepted,
    platformOf,
    get renewals() {
      return fleet.map(({ renewals }) => renewals.length);
    },
  };
}

/** Gives out so many slots at once; the others wait for one that comes back. */
function limitSlots(transport: ScriptedTransport, count: number): void {
  const { slot, unused, start } = transport;
  const waiting: (() => void)[] = [];
  let free = count;
  function giveBack(): void {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  }
  transport.slot = async () => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    return slot();
  };
  transport.unused = () => {
    unused();
    giveBack();
  };
  transport.start = (index, body, notAfter, onAnswer) =>
    start(index, body, notAfter, (answered, answer) => {
      giveBack();
      onAnswer(answered, answer);
    });
}
