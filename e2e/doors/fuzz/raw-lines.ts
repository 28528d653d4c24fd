import { bytesOf, type Draft, type Drawn, headersOf } from "./request.ts";

/** Requests that are wrong before their body begins: in the first line or in the headers. */

const JSON_TYPE: [string, string] = ["Content-Type", "application/json"];

/** Their client says at the end that nothing more comes: what is half a request would wait for a minute otherwise. */
export function badLine({ chance, secret }: Draft): Drawn {
  const line = chance.pick([
    "GET",
    `POST /${secret}`,
    `POST /${secret} HTTP/9.9`,
    `POST  /  HTTP/1.1`,
    `post / HTTP/1.1`,
    `${secret} / HTTP/1.1`,
    `POST /${secret.repeat(2_000)} HTTP/1.1`,
    `POST / HTTP/1.1\nHost: 127.0.0.1`,
    "PRI * HTTP/2.0\r\n\r\nSM",
    "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003",
    "\u0000\u0000\u0000",
    `POST /\u0000${secret} HTTP/1.1`,
    `POST http://${secret}/ HTTP/1.1`,
  ]);
  return { kind: "request line", steps: [Buffer.from(`${line}\r\n\r\n`, "latin1")], ending: "ends" };
}

export function oddHeaders(draft: Draft): Drawn {
  const { chance, secret } = draft;
  const more = chance.pick<[string, string][]>([
    [["Host", secret]],
    [["Bad Name", secret]],
    [["X-Secret", `${secret}\u0000`]],
    [["X-Secret", `a\r\n ${secret}`]],
    [["X-Secret", `a\rb${secret}`]],
    [["X-Secret", secret.repeat(1_000)]],
    Array.from({ length: 3_000 }, (_, index): [string, string] => [`X-${index}`, secret]),
    [["Content-Length", "5"]],
    [["Content-Length", "-1"]],
    [["Content-Length", "0x5"]],
    [["Content-Length", "99999999999999999999"]],
    [["Transfer-Encoding", "chunked"]],
    [["Transfer-Encoding", "chunked, identity"]],
    [["Transfer-Encoding", secret]],
    [["Transfer-Encoding", "gzip, chunked"]],
    [["Expect", "100-continue"]],
    [["Expect", secret]],
    [
      ["Upgrade", "websocket"],
      ["Connection", "Upgrade"],
    ],
    [
      ["Upgrade", "h2c"],
      ["HTTP2-Settings", secret],
    ],
    [["Origin", `https://${secret}`]],
    [["X-Forwarded-For", `${secret},::ffff:1.2.3.4,[::1]:99, `]],
    [["traceparent", `00-${"a".repeat(32)}-${secret}`]],
    [["X-Cloud-Trace-Context", `${secret}/1;o=1`]],
    [["Content-Encoding", secret]],
    [["Cookie", secret]],
    [
      ["ce-type", "google.firebase.auth.user.v1.deleted"],
      ["ce-time", secret],
    ],
    [
      ["__proto__", secret],
      ["constructor", secret],
    ],
  ]);
  const headers = [...headersOf(draft), JSON_TYPE, ...more];
  return { kind: "headers", steps: [bytesOf({ headers, body: `{"data":"${secret}"}` })], ending: "ends" };
}

export function missingHeader(draft: Draft): Drawn {
  const { chance, secret } = draft;
  const left = headersOf(draft).filter(() => chance.is(0.6));
  const headers = chance.is(0.5) ? [...left, JSON_TYPE] : left;
  return {
    kind: "header left out",
    steps: [bytesOf({ headers, body: JSON.stringify({ [secret]: 1 }) })],
    ending: "ends",
  };
}

const METHODS = [
  "GET",
  "HEAD",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS",
  "TRACE",
  "CONNECT",
  "PROPFIND",
  "QUERY",
  "M-SEARCH",
];

export function otherMethod(draft: Draft): Drawn {
  const { chance, secret } = draft;
  const method = chance.pick(METHODS);
  const headers = [
    ...headersOf(draft),
    JSON_TYPE,
    ["Origin", `https://${secret}`] as const,
    ["Access-Control-Request-Headers", secret] as const,
  ];
  const body = chance.is(0.5) ? `{"data":"${secret}"}` : "";
  const path = method === "CONNECT" ? `${secret}:443` : `/${secret}`;
  return {
    kind: `method ${method}`,
    method,
    steps: [bytesOf({ method, path, headers, body })],
    ending: "ends",
  };
}

export function oddPath(draft: Draft): Drawn {
  const { chance, secret } = draft;
  const path = chance.pick([
    `/%${secret}`,
    `/%ff${secret}`,
    "/%E0%A4%A",
    `/../../${secret}`,
    `//${secret}`,
    "*",
    `http://127.0.0.1/${secret}`,
    `/?token=${secret}&a[b][__proto__]=1&%=%`,
    `/${"a/".repeat(4_000)}${secret}`,
    `/#${secret}`,
    `/robots.txt?${secret}`,
    "/favicon.ico",
  ]);
  const method = chance.pick(["POST", "GET"]);
  const headers = [...headersOf(draft), JSON_TYPE];
  return { kind: "path", steps: [bytesOf({ method, path, headers, body: `{"${secret}":` })] };
}

const TYPES = [
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "text/plain",
  "text/html",
  "application/octet-stream",
  "application/json; charset=utf-16",
  "application/json; charset=utf-7",
  "application/json; charset=",
  "application/jsonx",
  "application/xml",
  "application/protobuf",
  "application/cloudevents+json; charset=utf-8",
  "application/cloudevents-batch+json",
  "APPLICATION/JSON",
  ";",
  "",
];

export function otherType(draft: Draft): Drawn {
  const { chance, secret } = draft;
  const type = chance.is(0.1) ? `application/${secret}` : chance.pick(TYPES);
  const body = chance.pick([
    `token=${secret}`,
    `{"data":{"fcmToken":"${secret}"}}`,
    `--x\r\n\r\n${secret}\r\n--x--`,
    secret,
  ]);
  return {
    kind: "media type",
    steps: [bytesOf({ headers: [...headersOf(draft), ["Content-Type", type]], body })],
  };
}
