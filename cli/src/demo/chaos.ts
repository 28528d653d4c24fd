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
const MOMENTS = [0.02, 0.2, 0.4, 0.6];

/** Kills the sender with `kill -9` while its requests are in flight, again and again, and starts it anew. */
export function unleashChaos(deps: {
  sender: Child;
  simulator: SimulatorClient;
  ledger: Ledger;
  audience: number;
}) {
  const { sender, simulator, ledger, audience } = deps;
  const kills: Kills = { inFlight: 0, leasedMembers: 0 };
  const moments = [...MOMENTS];

  async function kill(broadcastId: string, abandonedBefore: number): Promise<void> {
    await sender.kill();
    kills.leasedMembers += (await ledger.standing(broadcastId)).leasedMembers;
    if ((await simulator.stats()).abandoned > abandonedBefore) kills.inFlight += 1;
    await sender.start();
  }

  return {
    kills,
    /** Looks at how far the broadcast is, and kills the sender where its moment has come. */
    async look(broadcastId: string): Promise<void> {
      const moment = moments[0];
      if (moment === undefined) return;
      const { addresses, inFlight, abandoned } = await simulator.stats();
      if (inFlight === 0 || addresses < audience * moment) return;
      moments.shift();
      await kill(broadcastId, abandoned);
    },
  };
}
