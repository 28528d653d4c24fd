import type { Ledger } from "@fanfare/shared/ledger";
import type { Services } from "../installation/place.ts";
import type { SimulatorClient } from "./simulator-client.ts";

export interface Kills {
  /** How often any process was killed. */
  all: number;
  /** Kills at which requests were cut off that the simulator had begun to answer. */
  inFlight: number;
  /** Open members of the chunks that were leased at the kills: as many could have been sent to twice. */
  leasedMembers: number;
}

export interface ChaosDeps extends Services {
  simulator: SimulatorClient;
  ledger: Ledger;
  /** How many devices the broadcast is to reach. */
  audience: number;
  /** Whether the other services are killed as well as the senders. */
  everything: boolean;
  random: () => number;
}

/** The shares of the audience after which a sender is killed. */
const MOMENTS = [0.02, 0.3, 0.6];
/** Between two kills at random, in milliseconds, about. */
const KILL_EVERY_MS = 1_000;

/** Kills processes with `kill -9` and starts them anew: senders while their requests are in flight, others any time. */
export function unleashChaos(deps: ChaosDeps) {
  const { children, senders, simulator, ledger, audience, random } = deps;
  const kills: Kills = { all: 0, inFlight: 0, leasedMembers: 0 };
  const pick = (names: readonly string[]) => names[Math.floor(random() * names.length)] ?? "";
  let tries = 0;
  let nextAt = performance.now() + KILL_EVERY_MS;

  async function kill(name: string, broadcastId: string): Promise<void> {
    const before = (await simulator.stats()).abandoned;
    await children[name]?.kill();
    kills.all += 1;
    if (name.startsWith("sender")) kills.leasedMembers += (await ledger.standing(broadcastId)).leasedMembers;
    if ((await simulator.stats()).abandoned > before) kills.inFlight += 1;
    await children[name]?.start();
  }

  /**
   * A kill that came too late to cut anything off does not count: the next look tries again. Not where one sender of
   * several dies each time, and others may have sent all there was: tries without end would be all that happens.
   */
  async function killSender(broadcastId: string): Promise<void> {
    const moment = MOMENTS[deps.everything ? tries : kills.inFlight];
    if (moment === undefined) return;
    const { inFlight, addresses } = await simulator.stats();
    if (inFlight === 0 || addresses < audience * moment) return;
    tries += 1;
    await kill(pick(senders), broadcastId);
  }

  return {
    kills,
    /** Looks at how far the broadcast is, and kills whose moment has come. */
    async look(broadcastId: string): Promise<void> {
      await killSender(broadcastId);
      if (!deps.everything || performance.now() < nextAt) return;
      nextAt = performance.now() + KILL_EVERY_MS * (0.5 + random());
      await kill(pick(Object.keys(children)), broadcastId);
    },
  };
}
