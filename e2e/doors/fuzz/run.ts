import { createRandom } from "@fanfare/demo/random";
import type { ProgressLine } from "@fanfare/terminal/progress";
import { createChance } from "../../chaos/chance.ts";
import { createDraw } from "./draw.ts";
import { sendAll } from "./flood.ts";
import { peakMb } from "./memory.ts";
import { goodRequest } from "./near.ts";
import type { FuzzOptions } from "./options.ts";
import { startProbe } from "./probe.ts";
import { type FuzzReport, makeReport } from "./report.ts";
import { createSecrets, type Secrets } from "./secrets.ts";
import { send } from "./send.ts";
import { openStage, type Stage } from "./stage.ts";
import { watchStores } from "./stores.ts";
import type { Target } from "./targets.ts";

/** Calls before the flood, with which those under it are compared; fewer where the flood is short. */
const QUIET_CALLS = 200;
const WARMING_CALLS = 20;
/** A user may call some thirty times an hour. */
const USERS = 400;

/** Sends the requests of a seed to built functions, and judges all that can be seen of it. */
export async function runFuzz(
  options: FuzzOptions,
  show?: (total: number) => ProgressLine,
): Promise<FuzzReport> {
  await using closing = new AsyncDisposableStack();
  const { targets } = options;
  const secrets = createSecrets(options.seed);
  const stage = await openStage(targets, closing);
  const stores = await watchStores(stage, secrets, closing);
  const before = peaksOf(stage);
  const probe = probeOf(stage, targets);
  await probe?.(WARMING_CALLS).done;
  const quiet = await probe?.(Math.min(QUIET_CALLS, Math.ceil(options.requests / 20))).done;
  const loud = probe?.(Number.MAX_SAFE_INTEGER);
  const begunAt = performance.now();
  const outcomes = await sendThrough(stage, options, secrets, show);
  const seconds = (performance.now() - begunAt) / 1_000;
  loud?.stop();
  const facts = {
    outcomes: outcomes.filter((one) => one !== undefined),
    seconds,
    quiet,
    loud: await loud?.done,
    well: await lookAgain(stage, targets, secrets),
    stores: await stores.judge(outcomes),
    memory: { before, after: peaksOf(stage) },
  };
  return makeReport(options, { ...facts, ends: await endAll(stage) }, secrets);
}

function sendThrough(
  stage: Stage,
  { seed, targets, requests, only }: FuzzOptions,
  secrets: Secrets,
  show?: (total: number) => ProgressLine,
) {
  const numbers = only === undefined ? Array.from({ length: requests }, (_, index) => index + 1) : [only];
  const progress = show?.(numbers.length);
  return sendAll(numbers, {
    draw: createDraw({ ...stage, seed, targets, secrets }),
    portOf: ({ target }) => stage.portOf(target),
    secrets,
    onDone: (done) => progress?.update(done),
  }).finally(() => progress?.end());
}

const peaksOf = ({ running }: Stage) =>
  new Map([...running].map(([{ name }, { pid }]) => [name, peakMb(pid)]));

/** A client of good registrations, where that function runs. */
function probeOf(stage: Stage, targets: readonly Target[]) {
  const urlOf = (name: string) => {
    const target = targets.find((one) => one.name === `registrar.${name}`);
    return target && `http://127.0.0.1:${stage.portOf(target)}/`;
  };
  const target = targets.find(({ name }) => name === "registrar.addFcmToken");
  const url = urlOf("addFcmToken");
  if (!target || !url) return undefined;
  const users = Array.from({ length: USERS }, (_, index) => {
    const uid = `good-${index}`;
    return { uid, token: stage.tokenFor(target, uid) };
  });
  let first = 0;
  return (calls: number) => {
    const work = { url, removeUrl: urlOf("removeFcmToken"), users, calls, first };
    if (calls < Number.MAX_SAFE_INTEGER) first += calls;
    return startProbe(work);
  };
}

/** Whether each function still does what it is for: the status of a good request. */
async function lookAgain(
  stage: Stage,
  targets: readonly Target[],
  secrets: Secrets,
): Promise<Map<string, string>> {
  const answers = targets.map(async (target, index) => {
    const secret = secrets.of(0) + index;
    const chance = createChance(createRandom(`good/${index}`));
    const token = stage.tokenFor(target, secret);
    const draft = { chance, target, secret, project: stage.project, client: "192.0.2.1", token };
    const { steps } = goodRequest(draft);
    const { received } = await send(stage.portOf(target), { steps, ending: "waits" });
    return [target.name, received.subarray(0, 15).toString()] as const;
  });
  return new Map(await Promise.all(answers));
}

/** Asks all to end. Gives with what each did, and what it wrote all along. */
async function endAll({ running }: Stage) {
  const ends = [...running].map(
    async ([{ name }, one]) => [name, { code: await one.end(), output: one.output() }] as const,
  );
  return new Map(await Promise.all(ends));
}
