import type { IncomingMessage, ServerResponse } from "node:http";
import { withLogContext } from "./log.ts";
import { traceOf } from "./push.ts";

/** A request as the functions framework hands it over: read whole, its body parsed by its content type. */
export interface FunctionRequest extends IncomingMessage {
  body?: unknown;
  rawBody?: Buffer;
}

export interface FunctionAnswer {
  status: number;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  body?: unknown;
}

/** What the framework calls for each request. */
export type FunctionHandler = (request: FunctionRequest, response: ServerResponse) => Promise<void>;

/**
 * The requests that a process has in hand, for all its functions together. Asked to end, it takes none any more: they
 * are answered 503, and whoever sent them comes again to another process.
 */
export function createRequests(project: string) {
  const running = new Set<Promise<unknown>>();
  let ending = false;

  async function respond(
    answer: (request: FunctionRequest) => Promise<FunctionAnswer>,
    request: FunctionRequest,
  ): Promise<FunctionAnswer> {
    const trace = traceOf(request.headers, project);
    const fields: Record<string, string> = trace ? { "logging.googleapis.com/trace": trace } : {};
    const work = withLogContext(fields, () => answer(request));
    running.add(work);
    return work.finally(() => running.delete(work));
  }

  return {
    /**
     * Every line logged on the way of a request carries its trace.
     * @param refuse what is answered once the process is to end
     */
    handle(
      answer: (request: FunctionRequest) => Promise<FunctionAnswer>,
      refuse: (request: FunctionRequest) => FunctionAnswer = () => ({ status: 503 }),
    ): FunctionHandler {
      return async (request, response) => {
        const { status, headers = {}, body } = ending ? refuse(request) : await respond(answer, request);
        if (body === undefined) response.writeHead(status, headers).end();
        else {
          const json = { "content-type": "application/json; charset=utf-8", ...headers };
          response.writeHead(status, json).end(JSON.stringify(body));
        }
      };
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
