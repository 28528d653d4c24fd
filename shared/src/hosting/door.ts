import type { IncomingMessage } from "node:http";
import type { Failure, FunctionAnswer } from "./http-answers.ts";

export type MediaType = "application/json" | "application/cloudevents+json" | "application/protobuf";

/** Why a request is turned away: what is answered, and what the log says of it, a constant that quotes nothing. */
export interface RequestRefusal {
  failure: Failure;
  reason: string;
}

/** What a function takes, decided before any of a request's body is read. */
export interface FunctionDoor {
  /** The longest body that is read, in bytes. */
  maxBytes: number;
  types: readonly MediaType[];
  /** Judges a POST by its head alone. Undefined lets it in. */
  admit(request: IncomingMessage): Promise<RequestRefusal | undefined> | RequestRefusal | undefined;
  /** Whether only what comes from Google's services is let in, by their token. */
  pushed: boolean;
  /** How a refusal is answered, if not by the failure's own status and JSON. */
  refuse?: (failure: Failure, request: IncomingMessage) => FunctionAnswer;
}

const KB = 1024;
const MB = 1024 * KB;

/**
 * The longest bodies. Pub/Sub takes messages of 10 MB, which come as base64: so large may a request be, and what died of
 * any topic. A Firestore event holds a document of up to 1 MiB twice.
 * (cloud.google.com/pubsub/quotas#resource_limits, firebase.google.com/docs/firestore/quotas#limits)
 */
export const MAX_BODY = { call: 16 * KB, document: 4 * MB, message: 14 * MB } as const;

/** Nearly every push holds an id, and is far shorter. So is what many may send at once, in bytes. */
export const SHORT_BODY = 64 * KB;

export const JSON_TYPES = ["application/json", "application/cloudevents+json"] as const;
export const EVENT_TYPES = [...JSON_TYPES, "application/protobuf"] as const;
