import { answerJson, type Reply } from "../answers.ts";
import { isObject } from "../message/read-fields.ts";
import type { LogLine } from "../records/log.ts";
import type { Control } from "./control.ts";

export type ControlCall = {
  method: string;
  path: string;
  query: URLSearchParams;
  contentType: string | undefined;
  text: string;
};

type Handler = (control: Control, call: ControlCall) => Reply;

const ROUTES: Record<string, Record<string, Handler>> = {
  "/control/stats": {
    GET: (control, { query }) => answerJson(200, control.stats(query.get("broadcast") ?? undefined)),
  },
  "/control/log": {
    GET: (control, { query }) => ({
      status: 200,
      contentType: "application/x-ndjson",
      body: writeLines(control.log(query.get("broadcast") ?? undefined)),
    }),
  },
  "/control/messages": { GET: (control) => answerJson(200, control.messages()) },
  "/control/phone": {
    GET: (control, { query }) => {
      const address = query.get("address");
      return address ? answerJson(200, control.phone(address)) : refuse("address", "address is missing");
    },
  },
  "/control/faults": {
    GET: (control) => answerJson(200, control.faults()),
    PUT: (control, { text }) => changeFaults(control, text),
  },
  "/control/goaway": { POST: (control, { text }) => sendAway(control, text) },
  "/control/abort": { POST: (control) => answerJson(200, { sessions: control.abort() }) },
  "/control/reset": { POST: (control, { text }) => reset(control, text) },
};

/** Answers one call of the control API. Bad input is a 400 whose `field` names what is wrong. */
export function createAnswerControl(control: Control) {
  return function answerControl(call: ControlCall): Reply {
    const methods = Object.hasOwn(ROUTES, call.path) ? ROUTES[call.path] : undefined;
    if (!methods) {
      const known = Object.keys(ROUTES).join(", ");
      return answerJson(404, { error: `${call.path} is unknown; known: ${known}` });
    }
    const handler = Object.hasOwn(methods, call.method) ? methods[call.method] : undefined;
    if (!handler)
      return answerJson(405, { error: `${call.path} takes ${Object.keys(methods).join(" or ")}` });
    if (call.method !== "GET" && !isJson(call.contentType))
      return answerJson(415, { error: "the content type must be application/json" });
    return handler(control, call);
  };
}

/** Web pages can post forms and plain text to this machine unasked, and for JSON a browser asks first. */
function isJson(contentType = ""): boolean {
  return contentType.split(";")[0]?.trim().toLowerCase() === "application/json";
}

function changeFaults(control: Control, text: string): Reply {
  const patch = parse(text);
  if (patch === undefined) return refuse("faults", "the body must be a JSON object");
  const change = control.setFaults(patch);
  switch (change.kind) {
    case "changed":
      return answerJson(200, change.faults);
    case "refused":
      return refuse(change.field, change.message);
  }
}

function sendAway(control: Control, text: string): Reply {
  const options = parseOption(text, "midFlight");
  if ("status" in options) return options;
  const { value: midFlight = false } = options;
  if (typeof midFlight !== "boolean") return refuse("midFlight", "midFlight must be true or false");
  return answerJson(200, { sessions: control.goaway({ midFlight }) });
}

function reset(control: Control, text: string): Reply {
  const options = parseOption(text, "seed");
  if ("status" in options) return options;
  const { value: seed } = options;
  if (seed === undefined) control.reset();
  else if (typeof seed === "string" || typeof seed === "number") control.reset({ seed });
  else return refuse("seed", "seed must be a text or a number");
  return answerJson(200, {});
}

/** The value of the one option that a body may hold, or what is wrong with the body. */
function parseOption(text: string, name: string): { value?: unknown } | Reply {
  const options = text.trim() === "" ? {} : parse(text);
  if (options === undefined) return refuse("body", "the body must be empty or a JSON object");
  const unknown = Object.keys(options).find((key) => key !== name);
  if (unknown !== undefined) return refuse(unknown, `${unknown} is unknown; known: ${name}`);
  return { value: options[name] };
}

function refuse(field: string, message: string): Reply {
  return answerJson(400, { field, error: message });
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

// One line a write would cost more than making it.
const CHUNK_CHARACTERS = 1 << 16;

function* writeLines(lines: Iterable<LogLine>): Generator<string> {
  let chunk = "";
  for (const line of lines) {
    chunk += `${JSON.stringify(line)}\n`;
    if (chunk.length >= CHUNK_CHARACTERS) {
      yield chunk;
      chunk = "";
    }
  }
  if (chunk !== "") yield chunk;
}
