import { audienceRanges } from "@fanfare/shared/events/audience-ranges";
import { tokenChunks, urgentTokenChunks } from "@fanfare/shared/events/token-chunks";
import type { Ledger } from "@fanfare/shared/ledger";
import type { Messages } from "../crash/messages.ts";

/** Remembers every chunk it ever sees, and what was told of them. */
export function watchChunks(ledger: Ledger, messages: Messages, broadcast: string) {
  /** The members of each chunk, as text. */
  const seen = new Map<string, string>();
  const faults: string[] = [];

  const announced = () =>
    new Set(
      [tokenChunks, urgentTokenChunks].flatMap(({ topic, decode }) =>
        messages.published(topic).map((data) => decode(data).chunkId),
      ),
    );

  /** Looks at the ledger. Chunks stay as they were, and nobody is told of one before it exists. */
  async function look(): Promise<void> {
    const found = new Map<string, string>();
    for await (const { id, members } of ledger.chunks(broadcast)) found.set(id, JSON.stringify(members));
    for (const [id, members] of seen)
      if (found.get(id) !== members) faults.push(`${id} changed from ${members} to ${found.get(id)}`);
    for (const id of announced()) if (!found.has(id)) faults.push(`${id} was announced and is not there`);
    for (const [id, members] of found) seen.set(id, members);
  }

  /** What nobody was ever told of. */
  async function untold(): Promise<string[]> {
    const ranges = messages
      .published(audienceRanges.topic)
      .map((data) => audienceRanges.decode(data).rangeId);
    const told = new Set([...announced(), ...ranges]);
    const [, ...children] = (await ledger.ranges(broadcast)).map(({ id }) => id);
    return [...children, ...seen.keys()].filter((id) => !told.has(id));
  }

  return { look, untold, faults, seen };
}

export type Watch = ReturnType<typeof watchChunks>;
