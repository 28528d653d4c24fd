import { WIPE } from "./terminal.ts";

/** Shows how far a piece of long work has come. */
export interface ProgressLine {
  update(done: number): void;
  /** Writes a line of text above it. */
  say(text: string): void;
  end(): void;
}

type Stream = Pick<NodeJS.WriteStream, "isTTY" | "columns" | "write">;

/** Often enough to look alive. Elsewhere than on a terminal each time is one more line. */
const EVERY_MS = { terminal: 100, file: 2_000 };
const BAR_COLUMNS = 16;

/**
 * A bar with rate and remaining time on a terminal, a plain line now and then elsewhere; on standard error.
 * @param total how much there is to do, about
 */
export function showProgress(
  label: string,
  total: number,
  unit: string,
  stream: Stream = process.stderr,
  now: () => number = () => performance.now(),
): ProgressLine {
  const { isTTY } = stream;
  const wipe = isTTY ? WIPE : "";
  const everyMs = isTTY ? EVERY_MS.terminal : EVERY_MS.file;
  const startedAt = now();
  let shownAt = startedAt;
  let value = 0;
  const line = (all: number, left?: string) => {
    const pace = measurePace(value, all, now() - startedAt);
    const text = `${label} ${isTTY ? drawBar(value, all) : ""}${value}/${all} ${unit}, ${pace.rate}/s, ${left ?? pace.left}`;
    // A line that wraps could not be wiped.
    return isTTY && stream.columns ? text.slice(0, stream.columns - 1) : text;
  };
  return {
    update(done) {
      value = done;
      if (now() - shownAt < everyMs) return;
      shownAt = now();
      stream.write(isTTY ? `${wipe}${line(total)}` : `${line(total)}\n`);
    },
    say: (text) => void stream.write(`${wipe}${text}\n`),
    end: () => void stream.write(`${wipe}${line(value, "done")}\n`),
  };
}

/** The rate a second so far, and how long the rest takes at that rate. */
export function measurePace(done: number, total: number, elapsedMs: number): { rate: number; left: string } {
  const perSecond = elapsedMs > 0 ? (done / elapsedMs) * 1000 : 0;
  const rate = Math.round(perSecond);
  if (done >= total) return { rate, left: "0 s left" };
  if (perSecond === 0) return { rate, left: "waiting" };
  const seconds = Math.ceil((total - done) / perSecond);
  return { rate, left: seconds < 120 ? `${seconds} s left` : `${Math.ceil(seconds / 60)} min left` };
}

function drawBar(done: number, total: number): string {
  const share = total > 0 ? Math.min(1, done / total) : 1;
  const full = Math.floor(share * BAR_COLUMNS);
  return `${"█".repeat(full)}${"░".repeat(BAR_COLUMNS - full)} ${Math.floor(share * 100)}% `;
}
