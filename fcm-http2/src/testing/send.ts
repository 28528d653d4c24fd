import type { Answer } from "@fanfare/shared/domain/answers";
import type { NotAfter, Transport } from "../transport.ts";

/** For messages that may wait for as long as they like. */
export const ALWAYS = () => Number.POSITIVE_INFINITY;

/** Takes a slot and sends one message. */
export async function send(transport: Transport, body = "{}"): Promise<Answer> {
  await transport.slot();
  return startOne(transport, body);
}

/** Sends in a slot the caller holds. */
export function startOne(transport: Transport, body = "{}", notAfter: NotAfter = ALWAYS): Promise<Answer> {
  return new Promise((resolve) => transport.start(0, body, notAfter, (_, answer) => resolve(answer)));
}

/**
 * Sends each body as soon as there is a slot and resolves with the answers in the order of the bodies. Rejects at
 * once if a message is answered twice or within `start`.
 */
export async function sendAll(transport: Transport, bodies: string[]): Promise<Answer[]> {
  const answers: Answer[] = new Array(bodies.length);
  const all = Promise.withResolvers<Answer[]>();
  let left = bodies.length;
  let starting = false;

  function take(index: number, answer: Answer): void {
    if (starting) all.reject(new Error(`Message ${index} was answered while it was started.`));
    if (answers[index] !== undefined) all.reject(new Error(`Message ${index} was answered twice.`));
    answers[index] = answer;
    left -= 1;
    // A turn later, so that a second answer to the last message would still be seen.
    if (left === 0) setImmediate(() => all.resolve(answers));
  }

  for (const [index, body] of bodies.entries()) {
    await transport.slot();
    starting = true;
    transport.start(index, body, ALWAYS, take);
    starting = false;
  }
  return all.promise;
}

/** How many of each kind there are: `{ "200": 3, "not-processed": 1, "no-answer": 0 … }`. */
export function tally(answers: Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const answer of answers) {
    const name = answer.kind === "response" ? String(answer.status) : answer.kind;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
