import { RetryableError, TerminalError } from "@fanfare/shared/errors";

/** Of gRPC's status codes (google.rpc.Code) those that decide something here. */
export const Code = {
  INVALID_ARGUMENT: 3,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  UNAUTHENTICATED: 16,
};

/** The gRPC code of an error of Google's client; undefined for any other error. */
export const codeOf = (error: unknown) => (error as { code?: unknown }).code;

interface Place {
  project: string;
  region: string;
}

/** An error of Cloud Scheduler's as one of ours: what somebody has to put right first, or what passes by itself. */
export function errorOf(cause: unknown, place: Place): TerminalError | RetryableError {
  const message = cause instanceof Error ? cause.message : String(cause);
  const todo = todoFor(codeOf(cause), message, place);
  if (todo !== null) return new TerminalError("CLOCK_MISSING", `${todo} (${message})`, { cause });
  return new RetryableError("CLOCK_UNAVAILABLE", `Cloud Scheduler cannot be asked now: ${message}`, {
    cause,
  });
}

/** What a person has to do; null where trying again may help. */
function todoFor(code: unknown, message: string, { project, region }: Place): string | null {
  switch (code) {
    case Code.PERMISSION_DENIED:
      // The same code stands for three faults; one of them is told apart by its words.
      return /has not been used|is disabled|not enabled/i.test(message)
        ? `Cloud Scheduler is not enabled: gcloud services enable cloudscheduler.googleapis.com --project ${project}`
        : `grant roles/cloudscheduler.admin in ${project} to the account that Fanfare runs as, and check that Cloud Scheduler has the region ${region}`;
    case Code.NOT_FOUND:
      return `Cloud Scheduler knows no project ${project} with a region ${region}: check FANFARE_PROJECT and FANFARE_REGION`;
    case Code.INVALID_ARGUMENT:
      return `Cloud Scheduler refuses the job in ${region}`;
    case Code.UNAUTHENTICATED:
      return "Cloud Scheduler does not take the credentials that Fanfare runs with";
    default:
      return null;
  }
}
