import type { Answer } from "@fanfare/shared/domain/answers";

/** What was sent to one address: how often, and how often nobody was told for sure what came of it. */
interface Attempts {
  made: number;
  doubtful: number;
}

/** Notes every message that a process writes, and what its sender learns of it. */
export function watchAttempts(onWritten: (address: string) => void) {
  const attempts = new Map<string, Attempts>();
  const of = (address: string): Attempts => attempts.get(address) ?? { made: 0, doubtful: 0 };

  return {
    any: () => attempts.size > 0,
    of,
    written(address: string): void {
      const { made, doubtful } = of(address);
      attempts.set(address, { made: made + 1, doubtful: doubtful + 1 });
      onWritten(address);
    },
    answered(address: string, answer: Answer): void {
      const { made, doubtful } = of(address);
      if (isSure(answer)) attempts.set(address, { made, doubtful: doubtful - 1 });
    },
  };
}

function isSure(answer: Answer): boolean {
  return answer.kind === "response" ? answer.status < 500 : answer.kind === "not-processed";
}
