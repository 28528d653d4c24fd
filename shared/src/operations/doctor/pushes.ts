import type { PushingSubscription } from "../../bus/pushing.ts";
import { PUSH_AUTH_HEADER } from "../../hosting/push-door.ts";
import { type Finding, type Installation, orWell } from "./finding.ts";

/** A function that does not answer within this time, in milliseconds, is reported. A cold start takes some seconds. */
const ANSWER_MS = 20_000;

/**
 * Calls each function that Pub/Sub pushes to as a stranger would, without a token. What answers says how far the
 * function would have believed it: Google itself, which lets in only its own account, or the function's own check.
 */
export async function checkPushes({ pushing }: Installation): Promise<readonly Finding[]> {
  if (!pushing) return [];
  let targets: readonly PushingSubscription[];
  try {
    targets = await pushing();
  } catch (error) {
    const message = `Pub/Sub did not say where it pushes: ${(error as Error).message}`;
    return [
      { check: "pushes", ok: false, message, doThis: "make topics and subscriptions: npm run topology" },
    ];
  }
  const byEndpoint = new Map(targets.map((target) => [target.endpoint, target]));
  const found = await Promise.all([...byEndpoint.values()].map(checkOne));
  return orWell("pushes", found.flat(), inWords([...byEndpoint.keys()]));
}

function inWords(endpoints: readonly string[]): string {
  if (endpoints.length === 0) return "no function is pushed to";
  return endpoints.every(isLocal)
    ? "the emulator proves nothing, and its pushes stay on this machine"
    : `a call without proof is refused by each of ${endpoints.length} functions`;
}

/** Pub/Sub itself pushes to https only. */
const isLocal = (endpoint: string) => endpoint.startsWith("http:");

async function checkOne({ subscription, endpoint, account }: PushingSubscription): Promise<Finding[]> {
  const report = (message: string, doThis: string): Finding[] => [
    { check: "pushes", ok: false, about: subscription, message: `${endpoint} ${message}`, doThis },
  ];
  if (!isLocal(endpoint) && account === undefined)
    return report("is pushed to without a token, and refuses that", `npm run topology -- --push-account …`);
  let response: Response;
  try {
    response = await fetch(endpoint, { ...NO_PROOF, signal: AbortSignal.timeout(ANSWER_MS) });
  } catch (error) {
    const { message } = ((error as Error).cause ?? error) as Error;
    return report(`does not answer: ${message}`, "deploy the function, or see its log");
  }
  await response.body?.cancel();
  const mode = response.headers.get(PUSH_AUTH_HEADER);
  const { status } = response;
  if (mode === "verify" || (mode === "off" && isLocal(endpoint))) return [];
  if (mode === "iam") return report(OPEN, CLOSE);
  if (mode === null && (status === 401 || status === 403)) return [];
  if (mode === "off") return report("believes every call: it thinks that it is on an emulator", UNSET);
  return report(
    `answers ${status} to a call without a token, and is not a function of Fanfare's`,
    "see its URL",
  );
}

/** A body of no type that functions take: one that lets in everything refuses it too, and says so. */
const NO_PROOF = {
  method: "POST",
  headers: { "content-type": "text/plain" },
  body: "fanfare doctor",
  redirect: "manual",
} as const;

const OPEN =
  "is reached by calls without a token, though FANFARE_PUSH_AUTH=iam says that Cloud Run keeps them out: anyone " +
  "could forge a push";
const CLOSE =
  "take allUsers away from the function's invokers and leave Cloud Run's invoker check on, or set " +
  "FANFARE_PUSH_AUTH=verify";
const UNSET = "deploy it without PUBSUB_EMULATOR_HOST";
