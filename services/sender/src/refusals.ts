import { type Progress, type Refusals, suspectsOf } from "@fanfare/shared/domain/chunk";
import { CREDENTIAL_REFUSED } from "@fanfare/shared/domain/outcome";

export interface Said {
  code: string;
  says: string;
}

/** What FCM said of the members of a chunk that it refused, and who of them are suspects still. */
export interface RefusalBook {
  /** Open members that wait for a decision: they are not sent to. */
  readonly suspects: ReadonlySet<number>;
  said(index: number): Said | undefined;
  /** Notes a refusal; `waits` makes the member a suspect. */
  note(index: number, said: Said, waits: boolean): void;
  /** Nothing is to be decided about a member any more. */
  close(index: number): void;
  /** Makes a member that was rejected a suspect again. */
  doubt(index: number): void;
  /** Suspects of an earlier trial are as good as never sent to. */
  tryAgain(trial: number): void;
  /** Suspects with this code are as good as never sent to. */
  forget(code: string): void;
  refusals(): Refusals | undefined;
}

export function createRefusalBook(start: Progress): RefusalBook {
  let trial = start.refusals?.trial ?? 0;
  const all = new Map<number, Said>();
  for (const { code, says, of } of start.refusals?.said ?? [])
    for (const index of of) all.set(index, { code, says });
  const suspects = new Set(suspectsOf(start).keys());

  function drop(index: number): void {
    suspects.delete(index);
    all.delete(index);
  }

  return {
    suspects,
    said: (index) => all.get(index),
    note(index, said, waits) {
      all.set(index, said);
      if (waits) suspects.add(index);
    },
    close: (index) => void suspects.delete(index),
    doubt(index) {
      if (all.has(index)) suspects.add(index);
    },
    tryAgain(current) {
      if (current !== trial) for (const index of suspects) drop(index);
      trial = current;
    },
    forget(code) {
      for (const index of suspects) if (all.get(index)?.code === code) drop(index);
    },
    refusals() {
      const groups = new Map<string, { code: string; says: string; of: number[] }>();
      for (const [index, { code, says }] of all) {
        // A token that is refused now says nothing of the one that is sent with later.
        if (suspects.has(index) && code === CREDENTIAL_REFUSED) continue;
        const key = `${code} ${says}`;
        const group = groups.get(key) ?? { code, says, of: [] };
        groups.set(key, group);
        group.of.push(index);
      }
      return groups.size === 0 ? undefined : { trial, said: [...groups.values()] };
    },
  };
}
