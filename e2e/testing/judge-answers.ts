import type { Answer } from "@fanfare/shared/domain/answers";
import type { Simulator } from "@fanfare/simulator";

/**
 * Holds what the transport said of each message against what FCM knows of it, and returns what does not fit. A
 * message was sent once at most; "not processed" is true only of one that reached no phone, for such a message is
 * sent again without being counted.
 */
export function findUntruths(
  answers: readonly Answer[],
  addresses: readonly string[],
  { control }: Simulator,
): object[] {
  const lines = new Map([...control.log()].map((line) => [line.address, line]));
  return answers.flatMap((answer, index) => {
    const { attempts = 0, accepted = 0, answers: log = [] } = lines.get(addresses[index] ?? "") ?? {};
    return attempts <= 1 && isTrue(answer, accepted, log[0]) ? [] : [{ answer, accepted, log }];
  });
}

function isTrue(answer: Answer, accepted: number, log: string | undefined): boolean {
  switch (answer.kind) {
    case "not-processed":
      return accepted === 0 && (log === undefined || log === "unprocessed");
    case "no-answer":
      return accepted <= 1;
    case "no-credential":
      return log === undefined;
    case "response":
      if (answer.status === 200) return accepted === 1;
      return answer.status >= 500 ? accepted <= 1 : accepted === 0;
  }
}
