import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import { freshProgress, outcomesOf } from "@fanfare/shared/domain/chunk";
import { buildMessage, encodeRest } from "@fanfare/shared/domain/message";
import type { Lease } from "@fanfare/shared/hosting/hold-lease";
import type { ClaimedChunk } from "@fanfare/shared/ledger";
import { createBreaker } from "./breaker.ts";
import { type ChunkRun, createChunkRun } from "./chunk-run.ts";
import type { SenderDeps } from "./deps.ts";
import { sendRound } from "./send-round.ts";
import { createTrust } from "./trust.ts";
import type { Turn } from "./turn.ts";
import type { GateWatch } from "./watch-gate.ts";

/** A chunk in hand, some of whose members may have been accepted. */
export interface InHand {
  broadcast: Broadcast;
  turn: Turn;
  claim: ClaimedChunk;
  run: ChunkRun;
  lease: Lease;
  gate: GateWatch;
}

/**
 * Whether FCM takes the credential now, where every answer of late spoke against it: it is asked to check the message to
 * a member that it accepted before (`validate_only`), which reaches no phone. False as well where the chunk has none.
 */
export async function checkCredential(deps: SenderDeps, inHand: InHand): Promise<boolean> {
  const { broadcast, turn, claim, lease, gate } = inHand;
  const { members } = claim.chunk;
  const accepted = outcomesOf({ members, progress: inHand.run.progress() }).indexOf("accepted");
  const member = members[accepted];
  if (!member) return false;
  const run = createChunkRun(freshProgress(1), { ...deps, onCrash: "repeat", before: 0 });
  const breaker = createBreaker({ trust: createTrust(deps.monotonic), endpoint: deps.endpoint });
  await sendRound(deps, {
    ...{ turn, run, breaker, members: [member], indexes: [0] },
    rest: () => encodeRest(buildMessage(broadcast, deps.now()), true),
    mayStart: () => !gate.closed.aborted && lease.mayStart(),
    notAfter: lease.notAfter,
    closed: gate.closed,
  });
  return run.left === 0 && Object.keys(run.progress().outcomes).length === 0;
}
