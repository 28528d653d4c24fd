import { setTimeout as sleep } from "node:timers/promises";
import type { RegistrationDocument } from "@fanfare/shared/registrations";
import type { Store } from "@fanfare/shared/store";
import { markAddress } from "@fanfare/simulator";
import type { Chance } from "./chance.ts";
import type { Plan } from "./plan.ts";
import type { Stage } from "./stage.ts";
import { until } from "./until.ts";

const LOOK_EVERY_MS = 50;

/** What the app wrote while the broadcasts were on their way. */
export interface Written {
  /** Devices that registered after the release of every broadcast. */
  latecomers: RegistrationDocument[];
  /** Documents that hold an address again after the release: the same, or a new one. */
  refreshed: RegistrationDocument[];
}

/**
 * Does what apps do in the middle of broadcasts: phones register for the first time, and phones whose address is dead
 * register again. With the address they had as soon as everything is released; with a new one once every audience has
 * been read, so that nobody need ask which of the two was to be reached.
 */
export async function actAsApp(
  { latecomers: count, refreshed: share }: Plan,
  { store, population }: Stage,
  ids: readonly string[],
  chance: Chance,
  signal: AbortSignal,
): Promise<Written> {
  const everyOne = (look: (id: string) => Promise<boolean>) => async () =>
    (await Promise.all(ids.map(look))).every(Boolean);
  const latecomers = Array.from({ length: count }, (_, index) => makeLatecomer(index, chance));
  const back = population.documents.filter(
    ({ address }) => isDead(population.natures.get(address ?? "")) && chance.is(share),
  );
  const half = Math.floor(back.length / 2);
  const same = back.slice(0, half);
  const renewed = back.slice(half).map((document) => ({ ...document, address: newAddress(chance) }));
  await until(everyOne(isReleased(store)), LOOK_EVERY_MS, signal);
  // Later than the release by the clock, not only in order.
  await sleep(5);
  await store.registrations.put([...latecomers, ...same]);
  await until(everyOne(isRead(store)), LOOK_EVERY_MS, signal);
  await store.registrations.put(renewed);
  return { latecomers, refreshed: [...same, ...renewed] };
}

const newAddress = (chance: Chance) => markAddress("fine", chance.random);

const isDead = (nature: string | undefined) => nature === "dead" || nature === "malformed";

const isReleased =
  ({ broadcasts }: Store) =>
  async (id: string) =>
    (await broadcasts.get(id))?.releasedAt != null;

const isRead =
  ({ ledger }: Store) =>
  async (id: string) => {
    const { ranges, openRanges } = await ledger.standing(id);
    return ranges > 0 && openRanges === 0;
  };

function makeLatecomer(index: number, chance: Chance): RegistrationDocument {
  const path = `users/late-${index}/fcm_tokens/phone`;
  return { path, address: newAddress(chance), kind: "token", deviceType: "Android" };
}
