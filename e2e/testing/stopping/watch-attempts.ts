import type { Transport } from "@fanfare/sender/transport";
import type { Answer } from "@fanfare/shared/domain/answers";

/** What was sent to one address: how often, and how often nobody was told for sure what came of it. */
interface Attempts {
  made: number;
  doubtful: number;
}

/** Notes every message of every process, and what its sender learns of it. */
export function watchAttempts(onStart: (address: string) => void) {
  const attempts = new Map<string, Attempts>();

  function begin(address: string): Attempts {
    const known = attempts.get(address) ?? { made: 0, doubtful: 0 };
    attempts.set(address, known);
    known.made += 1;
    known.doubtful += 1;
    onStart(address);
    return known;
  }

  return {
    any: () => attempts.size > 0,
    of: (address: string): Attempts => attempts.get(address) ?? { made: 0, doubtful: 0 },
    through(transport: Transport): Transport {
      return {
        ...transport,
        start(index, body, onAnswer) {
          const known = begin(JSON.parse(body).message.token);
          transport.start(index, body, (which, answer) => {
            if (isSure(answer)) known.doubtful -= 1;
            onAnswer(which, answer);
          });
        },
      };
    },
  };
}

function isSure(answer: Answer): boolean {
  return answer.kind === "response" ? answer.status < 500 : answer.kind === "not-processed";
}
