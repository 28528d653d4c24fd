/** One answer of a server. */
export interface Answer {
  status: number;
  type: string;
  body: string;
}

/** Reads the answers on a connection, those by the way (100) left out. Whatever is not HTTP is the last one, with status 0. */
export function readAnswers(received: Buffer, method: string): Answer[] {
  const answers: Answer[] = [];
  let rest = received;
  while (rest.length > 0) {
    const end = rest.indexOf("\r\n\r\n");
    const head = rest.subarray(0, end < 0 ? rest.length : end).toString("latin1");
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1] ?? 0);
    if (end < 0 || status === 0) return [...answers, { status: 0, type: "", body: rest.toString() }];
    const field = (name: string) => new RegExp(`^${name}: *(.*)$`, "im").exec(head)?.[1] ?? "";
    const isEmpty = method === "HEAD" || status === 204 || status < 200;
    const isChunked = !isEmpty && field("transfer-encoding") === "chunked";
    const after = rest.subarray(end + 4);
    const { body, length } = isChunked
      ? readChunks(after)
      : readLength(after, isEmpty ? 0 : lengthOf(field("content-length"), after));
    if (status >= 200) answers.push({ status, type: field("content-type"), body });
    rest = after.subarray(length);
  }
  return answers;
}

/** Without a length a body goes on until the connection is closed, as under HTTP/1.0. */
const lengthOf = (told: string, rest: Buffer) => (told === "" ? rest.length : Number(told));

const readLength = (bytes: Buffer, length: number) => ({
  body: bytes.subarray(0, length).toString(),
  length,
});

function readChunks(bytes: Buffer): { body: string; length: number } {
  let body = "";
  let at = 0;
  for (;;) {
    const line = bytes.indexOf("\r\n", at);
    const size = Number.parseInt(bytes.subarray(at, line < 0 ? at : line).toString(), 16);
    if (Number.isNaN(size)) return { body, length: bytes.length };
    body += bytes.subarray(line + 2, line + 2 + size).toString();
    at = line + 2 + size + 2;
    if (size === 0) return { body, length: at };
  }
}

/** What is wrong with an answer, whatever was asked. */
export function faultOf(
  { status, type, body }: Answer,
  method: string,
  isSecretIn: (text: string) => boolean,
): string | undefined {
  if (status === 0) return "an answer that is not HTTP";
  if (isSecretIn(body)) return "an answer that quotes a secret";
  // Nothing is down, so that 503 would be said of what can never be done, and said again each time.
  if (status >= 500) return `an answer ${status}`;
  if (status < 400 || method === "HEAD") return undefined;
  if (!type.startsWith("application/json")) return `an answer ${status} that is not JSON`;
  return isJson(body) ? undefined : `an answer ${status} whose JSON cannot be parsed`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
