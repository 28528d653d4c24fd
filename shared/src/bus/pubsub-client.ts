import { PubSub } from "@google-cloud/pubsub";
import { RetryableError, TerminalError } from "../errors.ts";
import { STATUS, statusOf } from "../google/grpc.ts";
import { missing } from "./refusals.ts";

/** What stays until a person mends it. Every other code may pass by itself. */
const LASTING: readonly number[] = [
  STATUS.INVALID_ARGUMENT,
  STATUS.NOT_FOUND,
  STATUS.PERMISSION_DENIED,
  STATUS.FAILED_PRECONDITION,
  STATUS.UNAUTHENTICATED,
];

/** Longest wait, in milliseconds, before Pub/Sub is tried again; gRPC's own would grow to two minutes. */
export const MAX_RECONNECT_MS = 10_000;

/** Opens Pub/Sub, or the emulator that PUBSUB_EMULATOR_HOST names. */
export function openPubSub(project: string): PubSub {
  const channel = { "grpc.max_reconnect_backoff_ms": MAX_RECONNECT_MS };
  return new PubSub({ projectId: project, ...channel });
}

/**
 * Finds credentials, which the emulator needs not. Before the first call, because generated clients that find none
 * throw where nobody can catch it, and end the process.
 * @throws TerminalError NOT_AUTHENTICATED
 */
export async function findCredentials(client: PubSub): Promise<void> {
  if (client.isEmulator) return;
  try {
    await client.auth.getClient();
  } catch (cause) {
    throw notAuthenticated(cause);
  }
}

export function mayPass(error: unknown): boolean {
  return !LASTING.includes(statusOf(error) ?? STATUS.UNAVAILABLE);
}

/**
 * What a failed publish means. A missing permission counts as retryable: it is no fault of the message, which would
 * otherwise end as a dead letter.
 */
export function publishError(topic: string, cause: unknown): TerminalError | RetryableError {
  const text = `publishing to ${topic} failed: ${messageOf(cause)}`;
  switch (statusOf(cause)) {
    case STATUS.NOT_FOUND:
      return missing("topic", topic, { cause });
    case STATUS.INVALID_ARGUMENT:
      return new TerminalError("MESSAGE_REFUSED", text, { cause });
    case STATUS.PERMISSION_DENIED:
    case STATUS.UNAUTHENTICATED:
      return new RetryableError("BUS_FORBIDDEN", text, { cause });
    default:
      return new RetryableError("BUS_UNAVAILABLE", text, { cause });
  }
}

/** Without the list of all tries that came before, which says the same up to a hundred times. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split(" : Previous errors")[0] ?? "";
}

/** What went wrong in setting up a project, in words for a person who can do something about it. */
export function setupError(project: string, cause: unknown): Error {
  const said = messageOf(cause);
  const status = statusOf(cause);
  if (status === STATUS.UNAUTHENTICATED) return notAuthenticated(cause);
  if (status === STATUS.PERMISSION_DENIED) {
    const needed = `roles/pubsub.editor on the project ${project}, and roles/iam.serviceAccountUser on who pushes`;
    return new TerminalError("PERMISSION_DENIED", `${said}\nThis takes ${needed}.`, { cause });
  }
  if (status === undefined) return cause instanceof Error ? cause : new Error(said);
  if (mayPass(cause))
    return new RetryableError("PUBSUB_UNREACHABLE", `Pub/Sub cannot be reached: ${said}`, { cause });
  return new TerminalError("SETUP_FAILED", `Pub/Sub refused: ${said}`, { cause });
}

function notAuthenticated(cause: unknown): TerminalError {
  const remedy =
    "Run gcloud auth application-default login, or let GOOGLE_APPLICATION_CREDENTIALS name a service account's file.";
  const text = `Google Cloud does not know who is asking. ${remedy}\n${messageOf(cause)}`;
  return new TerminalError("NOT_AUTHENTICATED", text, { cause });
}
