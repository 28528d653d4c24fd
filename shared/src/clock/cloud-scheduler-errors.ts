import { RetryableError, TerminalError } from "../errors.ts";
import { STATUS, statusOf } from "../google/grpc.ts";

interface Place {
  project: string;
  region: string;
}

/** An error of Cloud Scheduler's as one of ours: what somebody has to put right first, or what passes by itself. */
export function errorOf(cause: unknown, place: Place): TerminalError | RetryableError {
  const message = cause instanceof Error ? cause.message : String(cause);
  const todo = todoFor(statusOf(cause), message, place);
  if (todo !== null) return new TerminalError("CLOCK_MISSING", `${todo} (${message})`, { cause });
  return new RetryableError("CLOCK_UNAVAILABLE", `Cloud Scheduler cannot be asked now: ${message}`, {
    cause,
  });
}

/** What a person has to do; null where trying again may help. */
function todoFor(code: number | undefined, message: string, { project, region }: Place): string | null {
  switch (code) {
    case STATUS.PERMISSION_DENIED:
      // The same code stands for three faults; one of them is told apart by its words.
      return /has not been used|is disabled|not enabled/i.test(message)
        ? `Cloud Scheduler is not enabled: gcloud services enable cloudscheduler.googleapis.com --project ${project}`
        : `grant roles/cloudscheduler.admin in ${project} to the account that Fanfare runs as, and check that Cloud Scheduler has the region ${region}`;
    case STATUS.NOT_FOUND:
      return `Cloud Scheduler knows no project ${project} with a region ${region}: check FANFARE_PROJECT and FANFARE_REGION`;
    case STATUS.INVALID_ARGUMENT:
      return `Cloud Scheduler refuses the job in ${region}`;
    case STATUS.UNAUTHENTICATED:
      return "Cloud Scheduler does not take the credentials that Fanfare runs with";
    default:
      return null;
  }
}
