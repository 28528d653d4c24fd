import { SOURCE_SUBSCRIPTION } from "../bus/dead-letters.ts";
import type { Delivery } from "../bus/index.ts";
import { REASON } from "../hosting/event-endpoint.ts";
import type { Letter } from "./index.ts";

/** What is noted of a dead letter: of its data only the id it names, since anything else may be a person's. */
export function letterOf({ messageId, data, attributes }: Delivery): Letter {
  return {
    messageId,
    subscription: attributes[SOURCE_SUBSCRIPTION] ?? "unknown",
    reason: attributes[REASON] ?? "it failed at every attempt",
    about: /"(?:broadcast|range|chunk)Id":"(b[0-9a-f]{24}(?:\.\d+){0,2})"/.exec(data)?.[1],
  };
}
