import type { Audience } from "@fanfare/shared/domain/broadcast";
import type { RegistrationDocument } from "@fanfare/shared/registrations";

/** A registration as the model knows it. */
export interface Entry extends RegistrationDocument {
  /** Whether it counts as there at the release: it was, or it was moved and says when it was first made. */
  old: boolean;
}

/** Bytes: a longer text is no address, and is counted with the documents that have none. */
const LONGEST_ADDRESS = 1_400;

/**
 * Who is registered, and whom a broadcast has to reach. The model is told what happens; it knows neither clocks nor
 * the order of addresses. Who was there at the release is who had been written by then.
 */
export function createModel({ users, platforms }: Audience) {
  const entries = new Map<string, Entry>();
  /** Documents of the audience that were there at the release, while nothing has happened to them, by path. */
  const steady = new Map<string, string>();
  /** Addresses of which some document ever was in the audience. */
  const reachable = new Set<string>();

  const admits = ({ path, deviceType, old, address }: Entry) =>
    old &&
    Buffer.byteLength(address ?? "") <= LONGEST_ADDRESS &&
    (users?.includes(path.split("/", 2).join("/")) ?? true) &&
    (platforms?.some((platform) => platform === deviceType.toLowerCase()) ?? true);

  return {
    /** Everything that is there is the audience's, where it admits it. */
    release(documents: readonly RegistrationDocument[]): void {
      for (const document of documents) {
        const entry = { ...document, old: true };
        entries.set(entry.path, entry);
        if (entry.address !== null && admits(entry)) steady.set(entry.path, entry.address);
      }
      for (const address of steady.values()) reachable.add(address);
    },
    write(entry: Entry): void {
      entries.set(entry.path, entry);
      if (steady.get(entry.path) !== entry.address) steady.delete(entry.path);
      if (entry.address !== null && admits(entry)) reachable.add(entry.address);
    },
    remove(path: string): void {
      entries.delete(path);
      steady.delete(path);
    },
    /** Those who are there, in an order that only depends on what happened. */
    registered: () => [...entries.values()],
    /** Addresses that have to be reached, and all that may be. */
    expected: () => ({ due: new Set(steady.values()), reachable }),
  };
}

export type Model = ReturnType<typeof createModel>;
