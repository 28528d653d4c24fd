import type { IncomingMessage, ServerResponse } from "node:http";
import { describeFailure } from "./describe-failure.ts";
import type { FunctionDoor } from "./door.ts";
import { cameThrough } from "./guard.ts";
import { type FunctionAnswer, writeAnswer } from "./http-answers.ts";
import { type Log, withLogContext } from "./log.ts";
import { traceOf } from "./push.ts";
import { seldomOf } from "./seldom.ts";

/** A request as the guard hands it on: read whole, its body parsed by its media type. */
export interface FunctionRequest extends IncomingMessage {
  body?: unknown;
  rawBody?: Buffer;
}

/** What a host calls for each request. */
export type FunctionHandler = (request: FunctionRequest, response: ServerResponse) => Promise<void>;

/** A function, and the door that stands before it whatever hosts it. */
export interface GuardedFunction {
  door: FunctionDoor;
  handler: FunctionHandler;
}

/**
 * The requests that a process has in hand, for all its functions together. Asked to end, it takes none any more: they
 * are answered 503, and the caller comes again to another process.
 */
export function createRequests({ project, log }: { project: string; log: Log }) {
  const running = new Set<Promise<unknown>>();
  let ending = false;

  async function respond(
    answer: (request: FunctionRequest) => Promise<FunctionAnswer>,
    request: FunctionRequest,
  ): Promise<FunctionAnswer> {
    const trace = traceOf(request.headers, project);
    const fields: Record<string, string> = trace ? { "logging.googleapis.com/trace": trace } : {};
    // The framework would print what is thrown, with what it quotes, and end the process.
    const work = withLogContext(fields, () => answer(request).catch(failed));
    running.add(work);
    return work.finally(() => running.delete(work));
  }

  function failed(error: unknown): FunctionAnswer {
    log.error({ error: describeFailure(error) }, "request failed");
    return { status: 500 };
  }

  return {
    /**
     * Every line logged on the way of a request carries its trace.
     * @param refuse what is answered once the process is to end
     */
    handle(
      door: FunctionDoor,
      answer: (request: FunctionRequest) => Promise<FunctionAnswer>,
      refuse: (request: FunctionRequest) => FunctionAnswer = () => ({ status: 503 }),
    ): GuardedFunction {
      const handler: FunctionHandler = async (request, response) => {
        if (!cameThrough(door, request)) {
          seldomOf(log)(
            "error",
            "no guard",
            "a request came past the guard, which the host must stand behind",
          );
          writeAnswer(response, { status: 503 }).end();
        } else writeAnswer(response, ending ? refuse(request) : await respond(answer, request)).end();
      };
      return { door, handler };
    },
    /** From now on nothing is taken. */
    end(): void {
      ending = true;
    },
    /** Resolves once none is in hand. */
    async settled(): Promise<void> {
      while (running.size > 0) await Promise.allSettled(running);
    },
  };
}
