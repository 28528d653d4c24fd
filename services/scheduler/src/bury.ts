import type { Bus, Delivery } from "@fanfare/shared/bus";
import { parseJson } from "@fanfare/shared/domain/parse-json";
import { TerminalError } from "@fanfare/shared/errors";
import { broadcastEvents } from "@fanfare/shared/events/broadcast-events";
import { broadcastRequests } from "@fanfare/shared/events/broadcast-requests";
import type { Health } from "@fanfare/shared/health";
import { letterOf } from "@fanfare/shared/health/letter";
import { REASON, textOf } from "@fanfare/shared/hosting/event-endpoint";

/** Says of a request that it has been a dead letter before. */
export const AGAIN = "fanfareAgain";

type Deps = { bus: Bus; health: Health };

/**
 * Answers a dead request: its sender learns that it failed, and why. One that Pub/Sub gave up by itself was judged by
 * no process of ours: perhaps its pushes were refused for some hours. It is published once more, not handled here, so
 * that a request that ends the process which handles it runs out of attempts, and is answered, all the same.
 */
export async function bury({ bus, health }: Deps, delivery: Delivery): Promise<void> {
  const reason = delivery.attributes[REASON] ?? (await tryAgain(bus, delivery));
  if (reason === null) return;
  await health.noteDeadLetter(
    letterOf({ ...delivery, attributes: { ...delivery.attributes, [REASON]: reason } }),
  );
  const event = broadcastEvents.encode({
    type: "request.failed",
    eventId: `${delivery.messageId}.failed`,
    ...senderOf(delivery.data),
    reason,
  });
  await bus.publish(broadcastEvents.topic, [event]);
}

/** Why it has failed; null where it was given another chance. */
async function tryAgain(bus: Bus, delivery: Delivery): Promise<string | null> {
  if (delivery.attributes[AGAIN] !== undefined)
    return "it could not be stored, though it was tried many times";
  try {
    const data = textOf(delivery);
    await bus.publish(broadcastRequests.topic, [{ data, attributes: { ...ownOf(delivery), [AGAIN]: "1" } }]);
    return null;
  } catch (error) {
    if (!(error instanceof TerminalError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

/** Its attributes, without those that say whose dead letter it is. */
function ownOf({ attributes }: Delivery): Record<string, string> {
  const own = Object.entries(attributes).filter(([name]) => !name.startsWith("CloudPubSubDeadLetter"));
  return Object.fromEntries(own);
}

/** A caller or key has at most 200 characters; a longer one was refused, and the answer must fit its message. */
const MOST_CHARACTERS = 200;

/** Who sent it, as far as that can be read. */
function senderOf(data: string): { caller?: string; idempotencyKey?: string } {
  const isName = (value: unknown): value is string =>
    typeof value === "string" && value.length <= MOST_CHARACTERS && value.isWellFormed();
  try {
    const { caller, idempotencyKey } = parseJson(data) as Record<string, unknown>;
    return { ...(isName(caller) && { caller }), ...(isName(idempotencyKey) && { idempotencyKey }) };
  } catch {
    return {};
  }
}
