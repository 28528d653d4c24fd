import { STATUS_CODES } from "node:http";
import type { TokenVerdict } from "./behaviour/tokens.ts";
import { escapeHtml, renderErrorPage } from "./pages.ts";

/** What goes back over the wire. A body of many pieces is streamed. */
export type Reply = {
  status: number;
  contentType: string;
  body: string | Iterable<string>;
  retryAfterSeconds?: number;
  /** Whether that is said as a date. */
  retryAfterDate?: boolean;
};

export type Violation = { field?: string; description: string };

const JSON_TYPE = "application/json; charset=UTF-8";
const HTML_TYPE = "text/html; charset=UTF-8";
const BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest";
const ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo";
const HELP = "type.googleapis.com/google.rpc.Help";
const FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError";

export function answerJson(status: number, value: unknown): Reply {
  return { status, contentType: JSON_TYPE, body: JSON.stringify(value) };
}

function answerPage(status: number, title: string, says: string): Reply {
  return { status, contentType: HTML_TYPE, body: renderErrorPage(status, title, says) };
}

/** Without details the body has none, as FCM's bare errors. */
export function answerError(code: number, status: string, message: string, details?: unknown[]): Reply {
  return answerJson(code, { error: { code, message, status, details } });
}

export function fcmError(errorCode: string) {
  return { "@type": FCM_ERROR, errorCode };
}

/** The message was taken. */
export function answerAccepted(project: string, messageId: string): Reply {
  return answerJson(200, { name: `projects/${project}/messages/${messageId}` });
}

/** JSON that does not fit the request's type: Google's transcoder answers, before FCM sees it. */
export function answerMisfit(violations: Violation[]): Reply {
  const message = violations.map(({ description }) => description).join("\n");
  const details = [{ "@type": BAD_REQUEST, fieldViolations: violations }];
  return answerError(400, "INVALID_ARGUMENT", message, details);
}

/** A body that is no JSON at all. */
export function answerNotJson(text: string): Reply {
  const shown = text.slice(0, 40);
  return answerMisfit([{ description: `Invalid JSON payload received. Unexpected token.\n${shown}\n^` }]);
}

/** A message that FCM itself refuses, whomever it is for. */
export function answerBrokenRule(violation: Violation): Reply {
  return answerError(400, "INVALID_ARGUMENT", violation.description, [
    { "@type": BAD_REQUEST, fieldViolations: [violation] },
    fcmError("INVALID_ARGUMENT"),
  ]);
}

/** An oversize message. Its BadRequest names no field, so it looks like a bad address to who reads FcmError alone. */
export function answerTooBig(bytes: number, maxBytes: number): Reply {
  const message = `Message is too big: ${bytes} bytes. The maximum is 4K (${maxBytes} bytes).`;
  return answerError(400, "INVALID_ARGUMENT", message, [
    { "@type": BAD_REQUEST },
    fcmError("INVALID_ARGUMENT"),
  ]);
}

/** When to come again, and whether that is said as a date; null says nothing. */
export type Again = { retryAfterSeconds: number | null; retryAfterDate?: boolean };

function comeAgain(reply: Reply, { retryAfterSeconds, retryAfterDate = false }: Again): Reply {
  return retryAfterSeconds === null ? reply : { ...reply, retryAfterSeconds, retryAfterDate };
}

export function answerExhausted(message: string, details: unknown[], again: Again): Reply {
  return comeAgain(answerError(429, "RESOURCE_EXHAUSTED", message, details), again);
}

export const EXHAUSTED = "Resource has been exhausted (e.g. check quota).";

/** FCM has too much to do. */
export function answerOverload(again: Again): Reply {
  return answerExhausted(EXHAUSTED, [fcmError("QUOTA_EXCEEDED")], again);
}

/** The project's quota is spent: Google's gate answers, as published in firebase-admin-go's issue 719. */
export function answerOverQuota(project: string, limit: number, again: Again): Reply {
  const message =
    "Quota exceeded for quota metric 'Send requests' and limit 'Send requests per minute' of service " +
    `'fcm.googleapis.com' for consumer 'project_number:${project}'.`;
  const metadata = {
    quota_limit_value: String(limit),
    consumer: `projects/${project}`,
    quota_metric: "fcm.googleapis.com/send_requests",
    quota_unit: "1/min/{project}",
    service: "fcm.googleapis.com",
    quota_location: "global",
    quota_limit: "SendsPerMinutePerProject",
  };
  const url = "https://cloud.google.com/docs/quotas/help/request_increase";
  const links = [{ description: "Request a higher quota limit.", url }];
  const details = [errorInfo("RATE_LIMIT_EXCEEDED", "googleapis.com", metadata), { "@type": HELP, links }];
  return answerExhausted(message, details, again);
}

/** The header fields that say when to come again. A date comes with the answer's own, by the same clock. */
export function retryFieldsOf({ retryAfterSeconds, retryAfterDate }: Reply): Record<string, string> {
  if (retryAfterSeconds === undefined) return {};
  if (!retryAfterDate) return { "retry-after": String(retryAfterSeconds) };
  const now = Date.now();
  const at = (time: number) => new Date(time).toUTCString();
  return { date: at(now), "retry-after": at(now + retryAfterSeconds * 1_000) };
}

export const INTERNAL = answerError(500, "INTERNAL", "Internal error encountered.", [fcmError("INTERNAL")]);
export const UNAVAILABLE = answerError(503, "UNAVAILABLE", "The service is currently unavailable.", [
  fcmError("UNAVAILABLE"),
]);
/** A 503 from in front of FCM: no JSON. */
export const UNAVAILABLE_PAGE = answerPage(
  503,
  "Service Unavailable",
  "The service you requested is not available at this time.",
);

/** A page of this status from in front of FCM, where FCM itself would have accepted the message. */
export function answerStrayPage(status: number, again: Again): Reply {
  const page = answerPage(status, STATUS_CODES[status] ?? "Error", "There was an error.");
  return status === 429 ? comeAgain(page, again) : page;
}

const WRONG_VALUE = "Invalid value at 'message.data[0].value' (TYPE_STRING), 12";
/** What a message gets that is at fault whoever it is for. */
export const PAYLOAD_FAULT = answerMisfit([{ field: "message.data[0].value", description: WRONG_VALUE }]);

const EXPECTED =
  "Expected OAuth 2 access token, login cookie or other valid authentication credential. " +
  "See https://developers.google.com/identity/sign-in/web/devconsole-project.";
export const INVALID_CREDENTIALS = `Request had invalid authentication credentials. ${EXPECTED}`;
const MISSING_CREDENTIALS = `Request is missing required authentication credential. ${EXPECTED}`;

function errorInfo(reason: string, domain: string, metadata: object) {
  return { "@type": ERROR_INFO, reason, domain, metadata };
}

function answerUnauthenticated(message: string, reason: string): Reply {
  const method = "google.firebase.fcm.v1.FcmService.SendMessage";
  const metadata = { service: "fcm.googleapis.com", method };
  const details = [errorInfo(reason, "googleapis.com", metadata)];
  return answerError(401, "UNAUTHENTICATED", message, details);
}

function answerWithoutRights(project: string): Reply {
  const permission = "cloudmessaging.messages.create";
  const resource = `//cloudresourcemanager.googleapis.com/projects/${project}`;
  const message = `Permission '${permission}' denied on resource '${resource}' (or it may not exist).`;
  const details = [errorInfo("IAM_PERMISSION_DENIED", "iam.googleapis.com", { permission, resource })];
  return answerError(403, "PERMISSION_DENIED", message, details);
}

/** Google's own gate answers, before FCM sees the message: there is no FcmError. */
export function answerUnauthorized(verdict: Exclude<TokenVerdict, "granted">, project: string): Reply {
  switch (verdict) {
    case "missing":
      return answerUnauthenticated(MISSING_CREDENTIALS, "CREDENTIALS_MISSING");
    case "unknown":
      return answerUnauthenticated(INVALID_CREDENTIALS, "ACCESS_TOKEN_TYPE_UNSUPPORTED");
    case "expired":
      return answerUnauthenticated(INVALID_CREDENTIALS, "ACCESS_TOKEN_EXPIRED");
    case "without-rights":
      return answerWithoutRights(project);
  }
}

/** The same answer in a form that FCM's documentation promises nobody. @param form from 0 to 3 */
export function garble(reply: Reply, form: number): Reply {
  const { status, body } = reply;
  switch (form) {
    case 0:
      return { ...reply, ...answerPage(status, "Error", "There was an error.") };
    case 1:
      return { ...reply, body: "" };
    case 2:
      return { ...reply, body: halve(body) };
    default:
      return { ...reply, contentType: "text/plain; charset=UTF-8" };
  }
}

/** The first half of a body that is one text. */
export function halve(body: Reply["body"]): string {
  const whole = typeof body === "string" ? body : [...body].join("");
  return whole.slice(0, whole.length / 2);
}

export function answerNoSuchPath(path: string): Reply {
  const says = `The requested URL <code>${escapeHtml(path)}</code> was not found on this server.`;
  return answerPage(404, "Not Found", says);
}

export function answerWrongMethod(method: string): Reply {
  const says = `The request method <code>${escapeHtml(method)}</code> is inappropriate for the URL.`;
  return answerPage(405, "Method Not Allowed", says);
}

export const TOO_LONG = answerPage(
  413,
  "Request Entity Too Large",
  "Your client issued a request that was too large.",
);
