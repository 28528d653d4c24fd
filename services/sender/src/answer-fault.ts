import type { Credential } from "@fanfare/fcm-http2/transport";
import type { Broadcasts } from "@fanfare/shared/broadcasts";
import { hold } from "@fanfare/shared/broadcasts/hold";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import { RetryableError } from "@fanfare/shared/errors";
import type { Log } from "@fanfare/shared/hosting/log";
import { type Breaker, createBreaker, type Fault } from "./breaker.ts";
import { createTrust } from "./trust.ts";
import type { BroadcastWatch } from "./watch-broadcasts.ts";

export interface FaultDeps {
  broadcasts: Broadcasts;
  credential: Credential;
  log: Log;
  /** Where messages are sent, for a person to read. */
  endpoint: string;
  now: () => number;
  monotonic: () => number;
  /** Resolves after `ms`, or at once when the signal aborts. */
  wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Aborted when the process is asked to end. */
  draining: AbortSignal;
}

export type CheckCredential = () => Promise<boolean>;

/** What came of renewing the access token. `outdated`: it was renewed already since the trial began. */
type Cure = "renewed" | "outdated" | "unreachable" | "incurable";

/** The breakers of a process, and what is done about a fault: once, however many chunks have met it. */
export interface FaultGuard {
  /** Access tokens that this process has renewed. */
  readonly renewals: number;
  /** The breaker by which a broadcast is to be sent from now on. */
  breakerOf(broadcast: Broadcast): Breaker;
  /**
   * Answers the fault of a breaker. Where Google cannot be reached it only waits a little: ask again.
   * @param check whether FCM takes the credential all the same, asked before a broadcast is held for it
   */
  answer(id: string, breaker: Breaker, check: CheckCredential): Promise<void>;
  /**
   * What is known of a credential that FCM refuses for the members who are left of a chunk. A token that has been in use
   * for long is renewed first: it may have run out just now. Where Google cannot be reached it waits a little.
   */
  judgeCredential(
    broadcast: Broadcast,
    check: CheckCredential,
  ): Promise<"renewed" | "good" | "refused" | "unreachable">;
  /** Holds a broadcast. */
  stop(id: string, fault: Fault): Promise<void>;
  /** Begins anew, with few messages in flight: the broadcast was held meanwhile. */
  forget(id: string): void;
}

/** One broadcast under one breaker. */
interface Trial {
  breaker: Breaker;
  accepts: ReadonlySet<string>;
  /** Access tokens that this process had renewed when it began. */
  renewals: number;
}

/** Between two tries to reach Google for an access token. */
const UNREACHABLE_MS = 5_000;
/** Broadcasts remembered; one that is forgotten too early only starts with few messages again. */
const REMEMBERED = 100;

export function guardFaults(deps: FaultDeps, watch: BroadcastWatch): FaultGuard {
  const trust = createTrust(deps.monotonic);
  const trials = new Map<string, Trial>();
  const answers = new WeakMap<Breaker, Promise<void>>();
  let renewing: Promise<void> | undefined;

  function begin(id: string, accepts: ReadonlySet<string>): Trial {
    const breaker = createBreaker({ trust, endpoint: deps.endpoint, accepts });
    const trial = { breaker, accepts, renewals: trust.renewals };
    trials.set(id, trial);
    const oldest = trials.keys().next().value;
    if (trials.size > REMEMBERED && oldest !== undefined) trials.delete(oldest);
    return trial;
  }

  /** Begins a new one where more refusals are accepted than when the trial began. */
  function trialOf({ id, accepts = [] }: Pick<Broadcast, "id" | "accepts">): Trial {
    const trial = trials.get(id);
    const isCurrent = trial && accepts.every(({ code }) => trial.accepts.has(code));
    return isCurrent ? trial : begin(id, new Set(accepts.map(({ code }) => code)));
  }

  async function answer(id: string, breaker: Breaker, check: CheckCredential): Promise<void> {
    const trial = trials.get(id);
    if (trial?.breaker !== breaker || !breaker.fault) return;
    const isCredential = breaker.fault.kind === "credential";
    const cured = isCredential ? await cure(trial.renewals) : "incurable";
    if (cured === "unreachable") return;
    if (cured === "incurable" && !(isCredential && (await isTaken(check)))) await stop(id, breaker.fault);
    begin(id, trial.accepts);
  }

  async function isTaken(check: CheckCredential): Promise<boolean> {
    const taken = await check();
    if (taken) trust.prove();
    return taken;
  }

  /** A fresh access token is tried once, for all broadcasts: they share it. */
  async function cure(renewals: number): Promise<Cure> {
    if (renewals < trust.renewals) return "outdated";
    if (!trust.mayRenew()) return "incurable";
    try {
      renewing ??= renew();
      await renewing;
      return "renewed";
    } catch (error) {
      if (!(error instanceof RetryableError)) {
        trust.notRenewed();
        return "incurable";
      }
      deps.log.warn({ error: error.message }, "access token could not be renewed");
      await deps.wait(UNREACHABLE_MS, deps.draining);
      return "unreachable";
    }
  }

  async function renew(): Promise<void> {
    try {
      await deps.credential.renew();
      trust.renewed();
    } finally {
      renewing = undefined;
    }
  }

  async function stop(id: string, { reason, doubts }: Fault): Promise<void> {
    deps.log.error({ broadcastId: id, reason }, "broadcast held: every further message would fail");
    await hold(deps.broadcasts, id, reason, "sender", deps.now(), doubts);
    watch.forget(id);
  }

  return {
    get renewals() {
      return trust.renewals;
    },
    breakerOf: (broadcast) => trialOf(broadcast).breaker,
    answer(id, breaker, check) {
      const answering =
        answers.get(breaker) ?? answer(id, breaker, check).finally(() => answers.delete(breaker));
      answers.set(breaker, answering);
      return answering;
    },
    async judgeCredential(broadcast, check) {
      const { accepts, renewals } = trialOf(broadcast);
      const cured = renewals < trust.renewals || trust.isOld() ? await cure(renewals) : "incurable";
      if (cured === "unreachable") return cured;
      if (cured === "incurable") return trust.isProven() || (await isTaken(check)) ? "good" : "refused";
      begin(broadcast.id, accepts);
      return "renewed";
    },
    stop,
    forget: (id) => void trials.delete(id),
  };
}
