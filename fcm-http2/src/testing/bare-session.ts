import type { Answer } from "@fanfare/shared/domain/answers";
import { answerOf, answerOnReset, NOT_PROCESSED } from "../answer.ts";
import { type Call, createCall } from "../call.ts";
import { openFanfareSession } from "../fanfare/session.ts";
import { cutFrames, type Frame, settings } from "./raw-frames.ts";
import { ALWAYS } from "./send.ts";

/**
 * A session without a socket, with so many requests on its streams 1, 3, 5 …: what the server says goes straight in,
 * what the client says is kept to be looked at.
 */
export async function openBareSession(requests = 0) {
  const frames: Frame[] = [];
  /** By the stream that each call has, or would have had. */
  const answers = new Map<number, Answer>();
  const calls: Call[] = [];
  let limit: number | undefined;
  const session = openFanfareSession({
    write: cutFrames((frame) => frames.push(frame)),
    onLimit: (streams) => {
      limit = streams;
    },
    isFull: () => bare.full,
    onUnsent: (call) => settle(call, NOT_PROCESSED),
    onResponse: (call) => settle(call, answerOf(call)),
    onReset: (call, code) => settle(call, answerOnReset(call, code)),
    onPong() {},
    onGoaway: (_code, above) => {
      for (const call of above) settle(call, NOT_PROCESSED);
    },
    onExhausted() {},
    onBroken() {},
  });
  session.receive(settings());

  function settle(call: Call, answer: Answer): void {
    const id = 2 * call.index + 1;
    if (answers.has(id)) throw new Error(`The call for stream ${id} was answered twice.`);
    answers.set(id, answer);
  }

  const bare = {
    session,
    /** Whether the connection takes nothing more for now. */
    full: false,
    answers,
    calls,
    limit: () => limit,
    /** Asks for so many streams, 1, 3, 5 …, which they get at the end of the turn: when it resolves. */
    request(count: number, body = "{}", notAfter = ALWAYS): Promise<void> {
      for (let more = count; more > 0; more--) {
        const call = createCall(calls.length, body, notAfter, () => {});
        calls.push(call);
        session.request(call);
      }
      return turn();
    },
    /** Everything in one piece. */
    receive: (...parts: Buffer[]) => session.receive(Buffer.concat(parts)),
    /** What the client has sent of that kind (of any) until now, and no more of it when asked again. */
    async sent(type?: number): Promise<Frame[]> {
      await turn();
      const found = frames.filter((frame) => type === undefined || frame.type === type);
      for (const frame of found) frames.splice(frames.indexOf(frame), 1);
      return found;
    },
  };
  await bare.request(requests);
  return bare;
}

/** Frames go out at the end of the turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
