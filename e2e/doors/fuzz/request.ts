import type { Chance } from "../../chaos/chance.ts";
import type { Target } from "./targets.ts";

/** What is written to a connection, one step after another. */
export type Step = Buffer | { pauseMs: number } | { again: Buffer; times: number };

/** How the client leaves: it waits for the answer, says that nothing more comes, or breaks the connection off. */
export type Ending = "waits" | "ends" | "breaks off";

/** One connection's worth of a flood. */
export interface FuzzRequest {
  index: number;
  target: Target;
  /** What is wrong with it, for the report. */
  kind: string;
  /** Stands in it as what must not get out; it tells the request wherever it is found. */
  secret: string;
  steps: Step[];
  ending: Ending;
  /** A request of this method is answered without a body. */
  method: string;
  /** Whether its end is never sent, so that no function may act on it. */
  isCut: boolean;
}

/** What a request is drawn with. */
export interface Draft {
  chance: Chance;
  target: Target;
  secret: string;
  project: string;
  /** The client's address, as the last proxy reports it. */
  client: string;
  /** A token by which a function believes the request; of the user named like the secret where apps call. */
  token: string;
}

export type Drawn = Pick<FuzzRequest, "kind" | "steps"> &
  Partial<Pick<FuzzRequest, "ending" | "method" | "isCut">>;

export interface Plain {
  method?: string;
  path?: string;
  headers: readonly (readonly [name: string, value: string])[];
  body?: Buffer | string | undefined;
  /** The length that it says it has; null for none. */
  length?: string | number | null;
}

/** A request as its bytes. Nothing is checked: what a client library would refuse to send goes out, too. */
export function bytesOf({ method = "POST", path = "/", headers, body = "", length }: Plain): Buffer {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body);
  const told = length === undefined ? bytes.length : length;
  const lines = [
    `${method} ${path} HTTP/1.1`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(told === null ? [] : [`Content-Length: ${told}`]),
  ];
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), bytes]);
}

/** The headers that every function wants, but for the media type. */
export function headersOf({ token, client }: Draft): [string, string][] {
  return [
    ["Host", "127.0.0.1"],
    ["Connection", "close"],
    ["X-Forwarded-For", `203.0.113.1, ${client}`],
    ["Authorization", `Bearer ${token}`],
  ];
}
