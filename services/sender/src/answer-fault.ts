import type { Broadcasts } from "@fanfare/shared/broadcasts";
import { hold } from "@fanfare/shared/broadcasts/gates";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import { RetryableError } from "@fanfare/shared/errors";
import type { Log } from "@fanfare/shared/runtime/log";
import type { RoundFault } from "./send-round.ts";
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

interface FaultedJob {
  broadcast: Broadcast;
  /** Set once a fresh token was had: the same fault again is then no matter of its age. */
  renewedCredential: boolean;
}

/** Between two tries to reach Google for an access token. */
const UNREACHABLE_MS = 5_000;

/** A fresh access token is tried once; any other fault, or the same again, stops the broadcast. */
export async function answerFault(
  deps: FaultDeps,
  watch: BroadcastWatch,
  job: FaultedJob,
  fault: RoundFault,
): Promise<void> {
  if (fault.kind === "credential" && !job.renewedCredential && (await renewCredential(deps, job))) return;
  const { id } = job.broadcast;
  deps.log.error(
    { broadcastId: id, reason: fault.reason },
    "broadcast held: every further message would fail",
  );
  await hold(deps.broadcasts, id, fault.reason, "sender", deps.now());
  watch.forget(id);
}

/** False where Google refuses the credential itself. While Google cannot be reached the chunk just waits a little. */
async function renewCredential(deps: FaultDeps, job: FaultedJob): Promise<boolean> {
  try {
    await deps.credential.renew();
    job.renewedCredential = true;
    return true;
  } catch (error) {
    if (!(error instanceof RetryableError)) return false;
    deps.log.warn({ error: error.message }, "access token could not be renewed");
    await deps.wait(UNREACHABLE_MS, deps.draining);
    return true;
  }
}
