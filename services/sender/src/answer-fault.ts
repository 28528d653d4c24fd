import type { Broadcasts } from "@fanfare/shared/broadcasts";
import { hold } from "@fanfare/shared/broadcasts/gates";
import { RetryableError } from "@fanfare/shared/errors";
import type { Log } from "@fanfare/shared/runtime/log";
import { type Breaker, createBreaker, type Fault, MISMATCH } from "./breaker.ts";
import type { Credential } from "./transport.ts";
import type { BroadcastWatch } from "./watch-broadcasts.ts";

export interface FaultDeps {
  broadcasts: Broadcasts;
  credential: Credential;
  log: Log;
  now: () => number;
  /** Resolves after `ms`, or at once when the signal aborts. */
  wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Aborted when the process is asked to end. */
  draining: AbortSignal;
}

/** The breakers of a process, and what is done about a fault: once, however many chunks have met it. */
export interface FaultGuard {
  /** The breaker by which a broadcast is to be sent from now on. */
  breakerOf(id: string): Breaker;
  /** Answers the fault of a breaker. Where Google cannot be reached it only waits a little: ask again. */
  answer(id: string, breaker: Breaker): Promise<void>;
  /** Begins anew, with few messages in flight: the broadcast was held meanwhile. */
  forget(id: string): void;
}

/** One broadcast under one breaker. */
interface Trial {
  breaker: Breaker;
  /** Access tokens that this process had renewed when it began. */
  tokens: number;
  /** Whether a fault of the credential led to it: the same again is then no matter of the token's age. */
  renewed: boolean;
}

/** Between two tries to reach Google for an access token. */
const UNREACHABLE_MS = 5_000;
/** Broadcasts remembered; one that is forgotten too early only starts with few messages again. */
const REMEMBERED = 100;

export function guardFaults(deps: FaultDeps, watch: BroadcastWatch): FaultGuard {
  const trials = new Map<string, Trial>();
  const answers = new WeakMap<Breaker, Promise<void>>();
  let tokens = 0;
  let renewing: Promise<void> | undefined;

  function begin(id: string, renewed: boolean): Trial {
    const trial = { breaker: createBreaker(), tokens, renewed };
    trials.set(id, trial);
    const oldest = trials.keys().next().value;
    if (trials.size > REMEMBERED && oldest !== undefined) trials.delete(oldest);
    return trial;
  }

  async function answer(id: string, breaker: Breaker): Promise<void> {
    const trial = trials.get(id);
    if (trial?.breaker !== breaker || !breaker.fault) return;
    const cured = breaker.fault.kind === "credential" ? await cure(trial) : "incurable";
    if (cured === "unreachable") return deps.wait(UNREACHABLE_MS, deps.draining);
    if (cured === "incurable") await stop(id, breaker.fault);
    begin(id, cured === "renewed");
  }

  /** A fresh access token is tried once. `outdated`: the one at fault may have been replaced already. */
  async function cure(trial: Trial): Promise<"renewed" | "outdated" | "unreachable" | "incurable"> {
    if (trial.tokens < tokens) return "outdated";
    if (trial.renewed && !trial.breaker.proven) return "incurable";
    try {
      renewing ??= renew();
      await renewing;
      return "renewed";
    } catch (error) {
      if (!(error instanceof RetryableError)) return "incurable";
      deps.log.warn({ error: error.message }, "access token could not be renewed");
      return "unreachable";
    }
  }

  /** All broadcasts share the token. */
  async function renew(): Promise<void> {
    try {
      await deps.credential.renew();
      tokens += 1;
    } finally {
      renewing = undefined;
    }
  }

  async function stop(id: string, { kind, reason }: Fault): Promise<void> {
    deps.log.error({ broadcastId: id, reason }, "broadcast held: every further message would fail");
    await hold(deps.broadcasts, id, reason, "sender", deps.now(), kind === "wave" ? MISMATCH : undefined);
    watch.forget(id);
  }

  return {
    breakerOf: (id) => (trials.get(id) ?? begin(id, false)).breaker,
    answer(id, breaker) {
      const answering = answers.get(breaker) ?? answer(id, breaker).finally(() => answers.delete(breaker));
      answers.set(breaker, answering);
      return answering;
    },
    forget: (id) => void trials.delete(id),
  };
}
