import { type Answer, faultOf, readAnswers } from "./answers.ts";
import type { FuzzRequest, Step } from "./request.ts";
import type { Secrets } from "./secrets.ts";
import type { Exchange } from "./send.ts";

/** What came of one request. */
export interface Outcome {
  index: number;
  target: string;
  kind: string;
  statuses: number[];
  /** Whether nothing of it may be found in a store. */
  isRefused: boolean;
  faults: string[];
}

/** How a callable says no in an answer of 200, as FlutterFlow's function does. */
const SAYS_NO = /^\{"result":"(Invalid arguments|Failed: )/;

export function outcomeOf(
  { index, target, kind, method, ending, isCut, steps }: FuzzRequest,
  { received, silent }: Exchange,
  secrets: Secrets,
): Outcome {
  const answers = readAnswers(received, method);
  const faults = answers.flatMap((answer) => faultOf(answer, method, secrets.isIn) ?? []);
  if (silent) faults.push("no answer, and the connection stays open");
  // To what breaks off, or is half a request to its end, silence is an answer. And one that is turned away while it
  // still sends may lose its answer to the reset of its connection.
  if (answers.length === 0 && ending === "waits" && lengthOf(steps) <= target.maxBytes)
    faults.push("no answer");
  return {
    index,
    target: target.name,
    kind,
    statuses: answers.map(({ status }) => status),
    // One that was not answered may have been taken: its client said goodbye before there was an answer.
    isRefused: answers.length === 0 ? isCut : answers.every(isRefusal),
    faults,
  };
}

const lengthOf = (steps: readonly Step[]) =>
  steps.reduce((sum, step) => {
    if (Buffer.isBuffer(step)) return sum + step.length;
    return "again" in step ? sum + step.again.length * step.times : sum;
  }, 0);

const isRefusal = ({ status, body }: Answer) =>
  (status >= 400 && status < 500) || (status === 200 && SAYS_NO.test(body));
