import type { BroadcastId } from "@fanfare/shared/domain/ids";
import type { Lane } from "@fanfare/shared/domain/lane";

/** Who asks for an attempt. One object serves all attempts of a chunk. */
export interface Turn {
  lane: Lane;
  broadcast: BroadcastId;
  /** Attempts a minute that the broadcast may take, by all senders together; absent for no limit of its own. */
  perMinute?: number | undefined;
}
