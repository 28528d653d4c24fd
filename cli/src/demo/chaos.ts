import type { Ledger } from "@fanfare/shared/ledger";
import type { Child } from "./children.ts";
import type { SimulatorClient } from "./simulator-client.ts";

export interface Kills {
  /** Kills at which requests were cut off that the simulator had begun to answer. */
  inFlight: number;
  /** Open members of the chunks that were leased at the kills: as many could have been sent to twice. */
  leasedMembers: number;
}

/** The shares of the audience after which the sender is killed. */
const MOMENTS = [0.02, 0.3, 0.6];

/** Kills the sender with `kill -9` while its requests are in flight, again and again, and starts it anew. */
export function unleashChaos(deps: {
  sender: Child;
  simulator: SimulatorClient;
  ledger: Ledger;
  audience: number;
}) {
  const { sender, simulator, ledger, audience } = deps;
  const kills: Kills = { inFlight: 0, leasedMembers: 0 };

  return {
    kills,
    /** Looks at how far the broadcast is, and kills the sender where its moment has come. */
    async look(broadcastId: string): Promise<void> {
      // A kill that came too late to cut anything off does not count: the next look tries again.
      const moment = MOMENTS[kills.inFlight];
      if (moment === undefined) return;
      const before = await simulator.stats();
      if (before.inFlight === 0 || before.addresses < audience * moment) return;
      await sender.kill();
      kills.leasedMembers += (await ledger.standing(broadcastId)).leasedMembers;
      if ((await simulator.stats()).abandoned > before.abandoned) kills.inFlight += 1;
      await sender.start();
    },
  };
}
