import { type Draw, draw } from "../draw.ts";
import type { Stores } from "../stores.ts";
import type { Entry, Model } from "./model.ts";
import { ADDRESSES, USERS } from "./plan.ts";

const DAY_MS = 86_400_000;
const CROWD = 15;

/** Apps that register, sign out and refresh while a broadcast is resolved. The model is told of all they do. */
export function createApps({ registrations, remove, now }: Stores, model: Model, releasedAt: number) {
  let made = 0;
  /** Deleted under one user, and not yet there under another. */
  const moving: Entry[] = [];

  async function write(...entries: Entry[]): Promise<void> {
    await registrations.put(entries);
    for (const entry of entries) model.write(entry);
  }

  async function removeAll(entries: readonly Entry[]): Promise<void> {
    for (const { path } of entries) {
      await remove(path);
      model.remove(path);
    }
  }

  function freshPath(one: Draw): string {
    made += 1;
    return `users/u${one.below(USERS)}/fcm_tokens/new${made}`;
  }

  /** A document that was not there before. */
  function fresh(one: Draw): Entry {
    return {
      path: freshPath(one),
      address: one.of(ADDRESSES) ?? null,
      kind: "token",
      deviceType: one.of(["Android", "Android", "iOS"]) ?? "",
      createdAt: one.of([undefined, now() + DAY_MS]),
      old: false,
    };
  }

  async function land(): Promise<void> {
    const entry = moving.shift();
    if (entry) await write(entry);
  }

  /** What a registrar copies. */
  function kept({ old, createdAt = old ? releasedAt : undefined }: Entry) {
    return { createdAt, old: old && createdAt !== undefined && createdAt <= releasedAt };
  }

  return {
    add: (which: number) => write(fresh(draw(which))),

    async remove(which: number): Promise<void> {
      const entry = draw(which).of(model.registered());
      if (entry) await removeAll([entry]);
    },

    /** The document is written again. It stays the one it was, whatever it says of its age. */
    async refresh(which: number): Promise<void> {
      const one = draw(which);
      const entry = one.of(model.registered());
      if (entry) await write({ ...entry, createdAt: one.of([entry.createdAt, now() + DAY_MS]) });
    },

    /** The device gets another address, and its document with it. */
    async renew(which: number): Promise<void> {
      const one = draw(which);
      const entry = one.of(model.registered());
      if (entry) await write({ ...entry, address: one.of(ADDRESSES) ?? null });
    },

    /** The device changes hands. FlutterFlow's function dates the new document anew, a registrar keeps the date. */
    async move(which: number): Promise<void> {
      const one = draw(which);
      const entry = one.of(model.registered());
      if (!entry) return;
      await removeAll([entry]);
      const dated = one.below(2) === 0 ? kept(entry) : { createdAt: undefined, old: false };
      moving.push({ ...entry, path: freshPath(one), ...dated });
      if (one.below(2) === 0) await land();
    },

    /** One that was moved is there under its new user. */
    land,

    crowdComes: (which: number) =>
      write(...Array.from({ length: CROWD }, (_, index) => fresh(draw(which + 1_009 * index)))),

    crowdGoes: (which: number) => removeAll(model.registered().filter((_, index) => (which + index) % 3 > 0)),

    /** Everybody registers, with a date of before the release. */
    tempt: () =>
      write(
        ...ADDRESSES.map((address, index) => ({
          ...fresh(draw(index)),
          address,
          createdAt: releasedAt,
          old: true,
        })),
      ),
  };
}

export type Apps = ReturnType<typeof createApps>;
