import { type Chunk, outcomesOf } from "./chunk.ts";
import { codeOf, type Outcome } from "./outcome.ts";

/** Whether a broadcast got to a member; `unknown` where it may have, or may be on its way. */
export type Reach = "reached" | "unreached" | "unknown";

/** What is said of one member: its outcome in a word, with the code of a rejection (else empty). */
export interface Report {
  reach: Reach;
  outcome: string;
  code: string;
}

/** What came of each member of a chunk, in order. What is still open is said to be so. */
export function reportsOf(chunk: Pick<Chunk, "members" | "progress" | "inHand">): Report[] {
  const { maybe, unsure } = chunk.progress;
  const tried = new Set([...maybe, ...unsure]);
  return outcomesOf(chunk).map((outcome, index) =>
    outcome === null ? reportOpen(chunk.inHand || tried.has(index)) : reportEnded(outcome),
  );
}

/** Whoever holds a chunk may be sending to any open member of it, and nobody else knows to whom it has sent. */
function reportOpen(mayBeSent: boolean): Report {
  return { reach: mayBeSent ? "unknown" : "unreached", outcome: "open", code: "" };
}

function reportEnded(outcome: Outcome): Report {
  const code = codeOf(outcome);
  if (code !== undefined) return { reach: "unreached", outcome: "rejected", code };
  return { reach: reachOf(outcome), outcome, code: "" };
}

function reachOf(outcome: Outcome): Reach {
  if (outcome === "accepted") return "reached";
  return outcome === "unknown" ? "unknown" : "unreached";
}
