import { type Outcome, outcomeOf } from "./outcome.ts";
import type { FuzzRequest } from "./request.ts";
import type { Secrets } from "./secrets.ts";
import { send } from "./send.ts";

/** Requests at once: some for each function, and more than a small instance has time for. */
const AT_ONCE = 32;

export interface FloodDeps {
  draw(index: number): FuzzRequest;
  portOf(request: FuzzRequest): number;
  secrets: Secrets;
  /** Told after each request how many there have been. */
  onDone(done: number): void;
}

/** Sends the requests of these numbers, some at once, and tells what came of each, under its number. */
export async function sendAll(numbers: readonly number[], deps: FloodDeps): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const left = numbers.values();
  let done = 0;
  const client = async () => {
    for (const number of left) {
      const request = deps.draw(number);
      outcomes[number] = outcomeOf(request, await send(deps.portOf(request), request), deps.secrets);
      deps.onDone(++done);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
  return outcomes;
}
