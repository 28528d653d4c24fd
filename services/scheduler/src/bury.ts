import type { Bus, Delivery } from "@fanfare/shared/bus";
import { parseJson } from "@fanfare/shared/domain/parse-json";
import { broadcastEvents } from "@fanfare/shared/events/broadcast-events";
import type { Health } from "@fanfare/shared/health";
import { letterOf } from "@fanfare/shared/health/letter";
import { REASON } from "@fanfare/shared/runtime/event-endpoint";

/** Answers a dead request: whoever sent it learns that it failed, and why. */
export async function bury({ bus, health }: { bus: Bus; health: Health }, delivery: Delivery): Promise<void> {
  await health.noteDeadLetter(letterOf(delivery));
  const event = broadcastEvents.encode({
    type: "request.failed",
    eventId: `${delivery.messageId}.failed`,
    ...senderOf(delivery.data),
    reason: delivery.attributes[REASON] ?? "it could not be stored, though it was tried many times",
  });
  await bus.publish(broadcastEvents.topic, [event]);
}

/** Who sent it, as far as that can be read. */
function senderOf(data: string): { caller?: string; idempotencyKey?: string } {
  try {
    const { caller, idempotencyKey } = parseJson(data) as Record<string, unknown>;
    return {
      ...(typeof caller === "string" && { caller }),
      ...(typeof idempotencyKey === "string" && { idempotencyKey }),
    };
  } catch {
    return {};
  }
}
