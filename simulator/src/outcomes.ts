import {
  answerOverload,
  answerStrayPage,
  garble,
  INTERNAL,
  type Reply,
  UNAVAILABLE,
  UNAVAILABLE_PAGE,
} from "./answers.ts";
import type { AttemptFault, Faults } from "./behaviour/faults.ts";

/** How an exchange is broken off: by RST_STREAM with one of three codes, or with its whole connection. */
export type Break = "internal-error" | "cancel" | "refused" | "close-connection" | "reset-connection";

export type Outcome =
  /** `isLast`: a GOAWAY before it says that nothing above it was processed. */
  | { kind: "answer"; reply: Reply; isLast?: boolean }
  | { kind: "break"; how: Break }
  /** Nothing more comes; with a reply, its headers and half of its body have come. */
  | { kind: "stall"; reply?: Reply };

/** Whether an attempt with this fault reaches the phone. */
export function isAccepted(fault: AttemptFault | undefined, coin: boolean): boolean {
  switch (fault) {
    case undefined:
    case "error503After":
    case "goaway":
      return true;
    case "drop":
    case "abort":
    case "stall":
    case "stallBody":
      return coin;
    case "error429":
    case "error500":
    case "error503":
    case "refuse":
    case "page":
      return false;
  }
}

type Chances = {
  faults: Faults;
  coin: boolean;
  form: number;
  pageStatus: number;
  accepted: () => Reply;
};

/** What an attempt with this fault gets, or a fine one without. */
export function misbehave(
  fault: AttemptFault | undefined,
  { faults, coin, form, pageStatus, accepted }: Chances,
): Outcome {
  switch (fault) {
    case undefined:
      return { kind: "answer", reply: accepted() };
    case "goaway":
      return { kind: "answer", reply: accepted(), isLast: true };
    case "error429":
      return { kind: "answer", reply: answerOverload(faults) };
    case "error500":
      return { kind: "answer", reply: INTERNAL };
    case "error503":
    case "error503After":
      return { kind: "answer", reply: coin ? UNAVAILABLE_PAGE : UNAVAILABLE };
    case "drop":
      if (faults.dropConnection) return { kind: "break", how: "close-connection" };
      return { kind: "break", how: form & 1 ? "cancel" : "internal-error" };
    case "refuse":
      return { kind: "break", how: "refused" };
    case "abort":
      return { kind: "break", how: "reset-connection" };
    case "stall":
      return { kind: "stall" };
    case "stallBody":
      return { kind: "stall", reply: coin ? accepted() : UNAVAILABLE };
    case "page":
      return { kind: "answer", reply: answerStrayPage(pageStatus, faults) };
  }
}

/** An error in another form, anything else as it is. */
export function garbleError(outcome: Outcome, form: number): Outcome {
  if (outcome.kind !== "answer" || outcome.reply.status < 400) return outcome;
  return { ...outcome, reply: garble(outcome.reply, form) };
}
