import { type Chunk, outcomesOf, type Progress, type Refusal } from "./chunk.ts";
import type { Outcome } from "./outcome.ts";

/** Whether a broadcast got to a member; `unknown` where it may have, or may be on its way. */
export type Reach = "reached" | "unreached" | "unknown";

/**
 * What is said of one member: its outcome in a word, with the code of a rejection (else empty), and FCM's words where it
 * refused the message (else empty), also while nothing has decided yet whether the member is at fault.
 */
export interface Report {
  reach: Reach;
  outcome: string;
  code: string;
  says: string;
}

/** What came of each member of a chunk, in order. What is still open is said to be so. */
export function reportsOf(chunk: Pick<Chunk, "members" | "progress" | "inHand">): Report[] {
  const { maybe, unsure } = chunk.progress;
  const tried = new Set([...maybe, ...unsure]);
  const refused = refusalsOf(chunk.progress);
  return outcomesOf(chunk).map((outcome, index) => {
    const report = outcome === null ? reportOpen(chunk.inHand || tried.has(index)) : reportEnded(outcome);
    return { ...report, says: wordsFor(report, refused.get(index)) };
  });
}

function refusalsOf({ refusals }: Progress): Map<number, Refusal> {
  return new Map((refusals?.said ?? []).flatMap((one) => one.of.map((index) => [index, one] as const)));
}

/** Not of a refusal that another answer followed. */
function wordsFor({ outcome, code }: Omit<Report, "says">, refusal: Refusal | undefined): string {
  if (!refusal || outcome === "accepted" || (outcome === "rejected" && code !== refusal.code)) return "";
  return refusal.says;
}

/** Whoever holds a chunk may be sending to any open member of it, and nobody else knows to whom it has sent. */
function reportOpen(mayBeSent: boolean): Omit<Report, "says"> {
  return { reach: mayBeSent ? "unknown" : "unreached", outcome: "open", code: "" };
}

function reportEnded(outcome: Outcome): Omit<Report, "says"> {
  if (typeof outcome !== "string") return { reach: "unreached", outcome: outcome.kind, code: outcome.code };
  return { reach: reachOf(outcome), outcome, code: "" };
}

function reachOf(outcome: Outcome): Reach {
  if (outcome === "accepted") return "reached";
  return outcome === "unknown" ? "unknown" : "unreached";
}
