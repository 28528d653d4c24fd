import { broadcastOf } from "../../domain/ids.ts";
import type { DeadLetter } from "../../health/index.ts";
import { type Finding, type Installation, iso, orWell, SOME } from "./finding.ts";

const DAY_MS = 86_400_000;
const SHOWN = 5;

export async function checkLetters({ health, now }: Installation): Promise<readonly Finding[]> {
  const letters = (await health.deadLetters(SOME)).filter(({ at }) => now - at <= DAY_MS);
  const found = letters.slice(0, SHOWN).map(findingOf);
  const more = letters.length - SHOWN;
  if (more > 0) {
    const message = `${letters.length < SOME ? more : `${more} or more`} others in the last day`;
    found.push({ check: "dead letters", ok: false, message });
  }
  return orWell("dead letters", found, "no message died in the last day");
}

function findingOf({ subscription, reason, about, at }: DeadLetter): Finding {
  const lost =
    about === undefined ? `a message to ${subscription} died` : `lost a message to ${subscription}`;
  const message = `${lost} at ${iso(at)}: ${reason}`;
  return { check: "dead letters", ok: false, about, message, doThis: whatBecame(subscription, about) };
}

/** How a dead letter was answered, by whose it was, and what is left to do. */
function whatBecame(subscription: string, about: string | undefined): string {
  switch (subscription) {
    case "scheduler.requests":
      return "its caller was told; mend the request and send it again";
    case "sender.prune":
      return "the tick asks for the pruning again";
  }
  if (about === undefined) return "see who publishes to that topic: the message names nothing of Fanfare's";
  if (subscription.startsWith("resolver."))
    return "the tick tries it again three times, then its part of the audience stays unread; the resolver's log says why";
  return `what was not sent ended as UNDELIVERED or unknown: fanfare failures ${broadcastOf(about)}`;
}
