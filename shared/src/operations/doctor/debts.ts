import { every } from "../../broadcasts/every.ts";
import type { Broadcast, Debt } from "../../domain/broadcast.ts";
import { isRecent } from "../../domain/clock-steps.ts";
import { TICK } from "./clock.ts";
import { type Finding, type Installation, inWords, orWell } from "./finding.ts";

/** Whoever makes a debt pays it at once, and the tick what is left over. */
const OLD_MS = 60_000;

const OWED: Record<Debt, string> = {
  due: "the resolver was not told of it",
  unpark: "its parked chunks were not taken up again",
  close: "it is cancelled, and not all of it has been ended",
  finished: "nobody was told that it has finished",
  answer: "the document that asked for it has no answer",
  prune: "its dead addresses are not deleted",
};

export async function checkDebts(installation: Installation): Promise<readonly Finding[]> {
  const { broadcasts, now } = installation;
  const found: Finding[] = [];
  for await (const broadcast of every(broadcasts.owing)) {
    for (const debt of broadcast.owes) {
      const since = await owedSince(installation, broadcast, debt);
      if (isRecent(since, now, OLD_MS + 1)) continue;
      const how = since > now ? "since a time that is still to come" : `for ${inWords(now - since)}`;
      const message = `${OWED[debt]}, ${how}`;
      const doThis = debt === "prune" ? "see that a sender runs; its log says why" : TICK;
      found.push({ check: "debts", ok: false, about: broadcast.id, message, doThis });
    }
  }
  return orWell("debts", found, "nothing is owed for long");
}

/** Since when a debt can have been paid: a pruning that was begun says when somebody is to ask for it again. */
async function owedSince(
  { broadcasts, now }: Installation,
  { id, releasedAt, finishedAt, gates, pruning }: Broadcast,
  debt: Debt,
): Promise<number> {
  switch (debt) {
    case "due":
      return releasedAt ?? now;
    case "unpark":
      return (await broadcasts.audit(id)).at(-1)?.at ?? now;
    case "close":
      return gates.cancelled?.at ?? now;
    case "finished":
    case "answer":
      return finishedAt ?? now;
    case "prune":
      if (pruning.cursor !== undefined) return pruning.hintAt ?? now;
      return pruning.released?.at ?? finishedAt ?? now;
  }
}
