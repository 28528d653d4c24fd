import { bombs } from "./bombs.ts";
import { goodRequest } from "./near.ts";
import { bytesOf, type Draft, type Drawn, headersOf, type Step } from "./request.ts";

/** Requests whose body does not come as their head says, or in a way that costs. */

const JSON_TYPE: [string, string] = ["Content-Type", "application/json"];
const MB = 1024 * 1024;
const CHUNK = 64 * 1024;

const headOf = (draft: Draft, length: number | string | null, more: [string, string][] = []) =>
  bytesOf({ headers: [...headersOf(draft), JSON_TYPE, ...more], length });

const chunkOf = (bytes: Buffer) =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);

export function wrongLength(draft: Draft): Drawn {
  const { chance, secret } = draft;
  const body = Buffer.from(`{"data":{"fcmToken":"${secret}"}}`);
  const length = chance.pick([
    body.length + 1,
    body.length + 9_000,
    body.length - 1,
    0,
    1,
    2 ** 31,
    "1e3",
    " ",
  ]);
  const ending = chance.pick(["ends", "breaks off"] as const);
  return { kind: "length", steps: [headOf(draft, length), body], ending };
}

export function oddChunks(draft: Draft): Drawn {
  const { chance, secret } = draft;
  const body = `{"data":"${secret}"}`;
  const size = body.length.toString(16);
  const text = chance.pick([
    `zz\r\n${body}\r\n0\r\n\r\n`,
    `-1\r\n${body}\r\n0\r\n\r\n`,
    `ffffffffffffffffff\r\n${body}`,
    `7fffffff\r\n${body}`,
    `${size};${secret}=${"x".repeat(chance.pick([10, 20_000]))}\r\n${body}\r\n0\r\n\r\n`,
    `${size}\r\n${body}0\r\n\r\n`,
    `${size}\r\n${body}\r\n0\r\nX-Trailer: ${secret}\r\n\r\n`,
    `${size}\r\n${body}\r\n0\r\n${secret}\r\n\r\n`,
    `${size}\n${body}\n0\n\n`,
    `${size}\r\n${body}\r\n`,
    "0\r\n\r\n",
    `${Array.from(body, (one) => `1\r\n${one}\r\n`).join("")}0\r\n\r\n`,
  ]);
  const head = headOf(draft, null, [["Transfer-Encoding", "chunked"]]);
  return { kind: "chunks", steps: [head, Buffer.from(text)], ending: "ends" };
}

export function bomb(draft: Draft): Drawn {
  const { chance, secret } = draft;
  const { encoding, bytes } = chance.pick(bombs());
  const named = chance.pick([encoding, encoding.toUpperCase(), `identity, ${encoding}`, "zstd", "identity"]);
  const headers = [
    ...headersOf(draft),
    JSON_TYPE,
    ["Content-Encoding", named] as const,
    ["X-Secret", secret] as const,
  ];
  return { kind: "bomb", steps: [bytesOf({ headers, body: bytes })] };
}

/** Some 30 MB, whether it says so or not. */
export function flood(draft: Draft): Drawn {
  const { chance, secret } = draft;
  const opening = Buffer.from(chance.pick([`{"data":"${secret}`, `[["${secret}",`, secret]));
  const again = Buffer.alloc(CHUNK, chance.pick(["x", "[", "1,", '{"a":', " "]));
  const times = (30 * MB) / CHUNK;
  if (chance.is(0.5))
    return { kind: "30 MB", steps: [headOf(draft, 30 * MB + opening.length), opening, { again, times }] };
  const head = headOf(draft, null, [["Transfer-Encoding", "chunked"]]);
  const end = Buffer.from("0\r\n\r\n");
  return { kind: "30 MB in chunks", steps: [head, chunkOf(opening), { again: chunkOf(again), times }, end] };
}

/** As much as the function reads, and a byte more in half of them. */
export function fullBody(draft: Draft): Drawn {
  const { chance, secret, target } = draft;
  const length = target.maxBytes + chance.pick([0, 1]);
  const opening = `{"data":"${secret}`;
  const filler = chance.pick(["x", "[", "0,", "{},", "\\"]);
  const body = Buffer.alloc(length, filler);
  body.write(opening);
  if (chance.is(0.7)) body.write('"}', length - 2);
  return { kind: "as long as may be", steps: [bytesOf({ headers: [...headersOf(draft), JSON_TYPE], body })] };
}

export function slow(draft: Draft): Drawn {
  const { chance } = draft;
  const whole = bytesFrom(goodRequest(draft));
  const pieces = chance.between(2, 12);
  const steps = Array.from({ length: pieces }, (_, at): Step[] => [
    whole.subarray((whole.length * at) / pieces, (whole.length * (at + 1)) / pieces),
    { pauseMs: chance.between(1, 60) },
  ]);
  return { kind: "slow", steps: steps.flat() };
}

export function breaksOff(draft: Draft): Drawn {
  const whole = bytesFrom(goodRequest(draft));
  // Without its last byte it never is a request.
  const steps = [whole.subarray(0, draft.chance.between(1, whole.length - 1))];
  return {
    kind: "breaks off",
    steps,
    isCut: true,
    ending: draft.chance.pick(["ends", "breaks off"] as const),
  };
}

/** Several on one connection, written at once. */
export function pipelined(draft: Draft): Drawn {
  const { chance, secret } = draft;
  const keep = (bytes: Buffer) =>
    Buffer.from(bytes.toString("latin1").replace("Connection: close\r\n", ""), "latin1");
  const all = chance.many(2, 12, () => {
    const one = chance.is(0.5)
      ? bytesFrom(goodRequest(draft))
      : bytesOf({ headers: [...headersOf(draft), JSON_TYPE], body: `{"${secret}"` });
    return keep(one);
  });
  return { kind: "pipelined", steps: [Buffer.concat([...all, bytesFrom(goodRequest(draft))])] };
}

export function flipped(draft: Draft): Drawn {
  const { chance } = draft;
  const bytes = Buffer.from(bytesFrom(goodRequest(draft)));
  for (let left = chance.between(1, 8); left > 0; left--)
    bytes[chance.between(0, bytes.length - 1)] = chance.between(0, 255);
  return { kind: "bytes changed", steps: [bytes], ending: "ends" };
}

export function noise({ chance, secret }: Draft): Drawn {
  const bytes = Buffer.from(chance.many(1, 2_000, () => chance.between(0, 255)));
  return { kind: "noise", steps: [Buffer.concat([bytes, Buffer.from(secret)])], ending: "ends" };
}

const bytesFrom = ({ steps }: Drawn): Buffer => Buffer.concat(steps.filter((step) => Buffer.isBuffer(step)));
