import { DATA, END_HEADERS, END_STREAM, frame, HEADERS } from "@fanfare/fcm-http2/fanfare/frames";

/** A whole answer, ready but for the number of its stream. */
export interface Template {
  bytes: Buffer;
  /** Where the number stands: in the head of each of its two frames. */
  streamAt: readonly number[];
}

export interface Answers {
  accepted: Template;
  dead: Template;
}

/** The header fields that Google's front end puts on every answer. */
const FIELDS: readonly (readonly [name: string, value: string])[] = [
  ["content-type", "application/json; charset=UTF-8"],
  ["vary", "Origin, X-Origin, Referer"],
  ["date", "Fri, 01 Jan 2027 00:00:00 GMT"],
  ["server", "scaffolding on HTTPServer2"],
  ["x-xss-protection", "0"],
  ["x-frame-options", "SAMEORIGIN"],
  ["x-content-type-options", "nosniff"],
];

/** `:status` 200 and 404 in HPACK's static table (RFC 7541, appendix A). */
const STATUS = { accepted: 0x88, dead: 0x8d };

const ACCEPTED = { name: "projects/demo/messages/0:1798761600000000%31bd1c9631bd1c96" };
const DEAD = {
  error: {
    code: 404,
    message: "Requested entity was not found.",
    status: "NOT_FOUND",
    details: [{ "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", errorCode: "UNREGISTERED" }],
  },
};

/** What a connection's first answer is, and all after it: those are shorter, as the fields are known by then. */
export const FIRST = answersWith(remembered());
export const LATER = answersWith(recalled());

function answersWith(fields: Buffer): Answers {
  return {
    accepted: template(Buffer.from([STATUS.accepted, ...fields]), ACCEPTED),
    dead: template(Buffer.from([STATUS.dead, ...fields]), DEAD),
  };
}

function template(headers: Buffer, body: object): Template {
  const head = frame(HEADERS, END_HEADERS, 0, headers);
  const data = frame(DATA, END_STREAM, 0, Buffer.from(`${JSON.stringify(body, null, 2)}\n`));
  const STREAM_AT = 5;
  return { bytes: Buffer.concat([head, data]), streamAt: [STREAM_AT, head.length + STREAM_AT] };
}

/** Fields that the client is to remember (RFC 7541, 6.2.1): each text is shorter than 127 bytes. */
function remembered(): Buffer {
  const text = (value: string) => [Buffer.from([value.length]), Buffer.from(value)];
  return Buffer.concat(
    FIELDS.flatMap(([name, value]) => [Buffer.from([0x40]), ...text(name), ...text(value)]),
  );
}

/** The same fields by their places in the client's memory (RFC 7541, 6.1), where the last one told comes first. */
function recalled(): Buffer {
  const FIRST_PLACE = 62;
  return Buffer.from(FIELDS.map((_, index) => 0x80 | (FIRST_PLACE + FIELDS.length - 1 - index)));
}
