import { Presets, SingleBar } from "cli-progress";

/** Shows how far a piece of long work has come. */
export interface Progress {
  update(done: number): void;
  end(): void;
}

const LINE_EVERY_MS = 2_000;

/** A bar with rate and remaining time on a terminal, a plain line now and then elsewhere; always on standard error. */
export function showProgress(label: string, total: number, unit: string): Progress {
  return process.stderr.isTTY ? bar(label, total, unit) : lines(label, total, unit);
}

function bar(label: string, total: number, unit: string): Progress {
  const format = `${label} {bar} {percentage}% | {value}/{total} ${unit} | {rate}/s | {eta_formatted} left`;
  const shown = new SingleBar(
    { format, hideCursor: true, stream: process.stderr, clearOnComplete: false },
    Presets.shades_classic,
  );
  const startedAt = performance.now();
  let value = 0;
  shown.start(total, 0, { rate: 0 });
  return {
    update(done) {
      value = done;
      shown.update(done, { rate: perSecond(done, startedAt) });
    },
    end() {
      shown.update(value, { rate: perSecond(value, startedAt) });
      shown.stop();
    },
  };
}

function lines(label: string, total: number, unit: string): Progress {
  const startedAt = performance.now();
  let lastAt = startedAt;
  let value = 0;
  return {
    update(done) {
      value = done;
      if (performance.now() - lastAt < LINE_EVERY_MS) return;
      lastAt = performance.now();
      const rate = perSecond(done, startedAt);
      const left = rate > 0 ? `${Math.ceil((total - done) / rate)} s left` : "waiting";
      console.error(`${label} ${done}/${total} ${unit}, ${rate}/s, ${left}`);
    },
    end: () => console.error(`${label} ${value}/${total} ${unit}, ${perSecond(value, startedAt)}/s, done`),
  };
}

function perSecond(done: number, startedAt: number): number {
  const seconds = (performance.now() - startedAt) / 1000;
  return seconds > 0 ? Math.round(done / seconds) : 0;
}
