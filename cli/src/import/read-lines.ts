/** A line of a file, numbered from 1. A line too long to be looked at has no text. */
export interface Line {
  number: number;
  text: string | null;
}

/** What a line holds, or why it cannot be read; the line's number counts from 1. */
export type ReadRow = { line: number } & ({ value: Record<string, unknown> } | { reason: string });

/** A line longer than this is no registration, and must not fill the memory. */
export const MAX_LINE_LENGTH = 1_000_000;

/** Ends of lines as Unix, Windows and the old Mac write them. A CR at the end of what was read may be half of one. */
const LINE_END = /\r\n|\n|\r(?!$)/;

/** Splits text into lines as it arrives, without a byte order mark. */
export async function* readLines(chunks: AsyncIterable<string>): AsyncGenerator<Line> {
  let number = 0;
  let rest = "";
  let cut = false;
  const line = (text: string): Line => {
    number += 1;
    const tooLong = cut || text.length > MAX_LINE_LENGTH;
    cut = false;
    return { number, text: tooLong ? null : number === 1 ? text.replace(/^\uFEFF/, "") : text };
  };
  for await (const chunk of chunks) {
    const parts = (rest + chunk).split(LINE_END);
    rest = parts.pop() ?? "";
    for (const part of parts) yield line(part);
    if (rest.length > MAX_LINE_LENGTH) [rest, cut] = ["", true];
  }
  if (rest !== "" || cut) yield line(rest.replace(/\r$/, ""));
}
