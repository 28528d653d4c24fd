import type { Services } from "@fanfare/local/installation/place";
import type { Ledger } from "@fanfare/shared/ledger";
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
/** So many are killed in every run, however quick: at the first look where any process is, in mid-send otherwise. */
export const LEAST_KILLS = 3;
/**
 * Between later kills at random, in milliseconds, about: first, and how it grows with each. On a busy machine, where a
 * process takes seconds to start, all of them would be starting all the time otherwise.
 */
const FIRST_GAP_MS = 2_000;
const GAP_GROWTH = 2;

/** Kills processes with `kill -9` and starts them anew: senders while their requests are in flight, others any time. */
export function unleashChaos(deps: ChaosDeps) {
  const { children, senders, simulator, ledger, audience, random } = deps;
  const kills: Kills = { all: 0, inFlight: 0, leasedMembers: 0 };
  let tries = 0;
  let gapMs = FIRST_GAP_MS;
  let nextAt = 0;

  function pick(names: readonly string[], count = 1): string[] {
    const left = [...names];
    return Array.from({ length: Math.min(count, left.length) }, () =>
      left.splice(Math.floor(random() * left.length), 1),
    ).flat();
  }

  async function kill(names: readonly string[], broadcastId: string): Promise<void> {
    const before = (await simulator.stats()).abandoned;
    await Promise.all(names.map((name) => children[name]?.kill()));
    kills.all += names.length;
    if (names.some((name) => name.startsWith("sender")))
      kills.leasedMembers += (await ledger.standing(broadcastId)).leasedMembers;
    if ((await simulator.stats()).abandoned > before) kills.inFlight += 1;
    await Promise.all(names.map((name) => children[name]?.start()));
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
      await kill(pick(Object.keys(children), kills.all === 0 ? LEAST_KILLS : 1), broadcastId);
      nextAt = performance.now() + gapMs * (0.5 + random());
      gapMs *= GAP_GROWTH;
    },
  };
}
