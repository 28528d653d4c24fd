import { Command, CommanderError, InvalidArgumentError } from "commander";
import { changeFaults } from "./behaviour/check-faults.ts";
import { ATTEMPT_FAULTS, type AttemptFault, type FaultsPatch, NO_FAULTS } from "./behaviour/faults.ts";
import { NATURES, type Shares } from "./behaviour/natures.ts";
import type { SimulatorOptions } from "./simulator.ts";

/** Paths of PEM files. */
export type TlsFiles = { cert: string; key: string };

export type Parsed =
  | {
      kind: "run";
      options: SimulatorOptions & { port: number };
      tlsFiles: TlsFiles | undefined;
      json: boolean;
    }
  /** Nothing to run: help was asked for (exit code 0), or an option is wrong (2). */
  | { kind: "stop"; exitCode: number; text: string };

type Flags = Shares &
  Record<AttemptFault, number> & {
    port: number;
    host: string;
    seed: string;
    garble: number;
    dropConnection?: true;
    pageStatus?: number;
    payloadFault?: true;
    payloadFaultFor?: string;
    keyFaultFor?: string;
    wrongDead: number;
    token?: string[];
    tokenWithoutRights?: string[];
    tokenMessages?: number;
    tokenSeconds?: number;
    maxStreams: number;
    initialWindow: number;
    connectMs: number;
    tlsCert?: string;
    tlsKey?: string;
    latencyMs: number;
    jitterMs: number;
    quota?: number;
    json?: true;
  };

/** Reads the command line. @param argv without the names of node and the script */
export function parseOptions(argv: readonly string[]): Parsed {
  let text = "";
  const collect = (part: string) => {
    text += part;
  };
  const command = describeCommand().exitOverride().configureOutput({ writeOut: collect, writeErr: collect });
  try {
    command.parse(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { kind: "stop", exitCode: error.exitCode === 0 ? 0 : 2, text };
  }
  const flags = command.opts<Flags>();
  const faults = readFaults(flags);
  const change = changeFaults(NO_FAULTS, faults);
  if (change.kind === "refused") {
    // Each value alone has been checked: what is left to go wrong is a sum.
    const named = change.field === "shares" ? SHARES : CHANCES;
    const flagNames = Object.keys(named).map(flagOf).join(", ");
    return { kind: "stop", exitCode: 2, text: `error: ${flagNames} together may be at most 1\n` };
  }
  const { port, host, seed, tlsCert, tlsKey } = flags;
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    return { kind: "stop", exitCode: 2, text: "error: --tls-cert and --tls-key belong together\n" };
  const tlsFiles = tlsCert && tlsKey ? { cert: tlsCert, key: tlsKey } : undefined;
  return { kind: "run", options: { port, host, seed, ...faults }, tlsFiles, json: flags.json === true };
}

const MOST = 1_000_000_000;

function describeCommand(): Command {
  const command = new Command("fcm-simulator")
    .description("A stand-in for FCM's HTTP v1 endpoint that misbehaves on request and remembers everything.")
    .option("--port <number>", "port to listen on; 0 takes any free one", parseWhole(65_535), 8085)
    .option("--host <name>", "address to listen on", "127.0.0.1")
    .option("--seed <text>", "what everything by chance follows from", "1")
    .option("--tls-cert <file>", "certificate (PEM) with which the port speaks TLS, too")
    .option("--tls-key <file>", "the certificate's key (PEM)");
  for (const [field, says] of Object.entries({ ...SHARES, ...CHANCES })) {
    command.option(`${flagOf(field)} <share>`, `${says}, from 0 to 1`, parseShare, 0);
  }
  return command
    .option("--drop-connection", "a drop ends the whole connection, not one stream")
    .option("--garble <share>", "chance that an error has no FCM body, from 0 to 1", parseShare, 0)
    .option("--page-status <status>", "status of these pages; none: one by chance", parseWhole(599, 400))
    .option("--payload-fault", "every message gets a 400 that blames its data")
    .option("--payload-fault-for <text>", "only addresses that contain this get that 400")
    .option("--key-fault-for <text>", "addresses that contain this get a THIRD_PARTY_AUTH_ERROR")
    .option("--wrong-dead <share>", "share of addresses called dead though they live", parseShare, 0)
    .option("--token <text>", "access token that is taken; may be repeated; none: all are", addText)
    .option("--token-without-rights <text>", "access token that gets a 403; may be repeated", addText)
    .option("--token-messages <number>", "messages after which a token expires", parseWhole(MOST))
    .option("--token-seconds <number>", "seconds after which a token expires", parseWhole(MOST))
    .option("--max-streams <number>", "streams a client may open on a connection", parseWhole(MOST), 100)
    .option(
      "--initial-window <bytes>",
      "bytes of a body before the client is told to go on",
      parseWhole(2 ** 31 - 1),
      65_535,
    )
    .option("--connect-ms <ms>", "how long a connection waits for the first word", parseWhole(600_000), 0)
    .option("--latency-ms <ms>", "how long an answer takes on average", parseWhole(600_000), 0)
    .option("--jitter-ms <ms>", "how far above or below that it may be", parseWhole(600_000), 0)
    .option("--quota <messages>", "messages a minute; none: no limit", parseWhole(MOST))
    .option("--json", "print one line of JSON, {url, port}, when listening");
}

const SHARES: Record<keyof Shares, string> = {
  dead: "share of addresses that are unregistered",
  foreign: "share of addresses of another project",
  malformed: "share of addresses that are no addresses",
  notForTopic: "share of iOS devices of another app",
  bareInvalid: "share of addresses that get a bare 400",
  bareUnauthenticated: "share of addresses that get a bare 401",
  bareNotFound: "share of addresses that get a bare 404",
  withoutKey: "share of addresses that get a THIRD_PARTY_AUTH_ERROR",
  limited: "share of devices that get a 429 of their own at first",
};

const CHANCES: Record<AttemptFault, string> = {
  error500: "chance that an attempt gets a 500",
  error503: "chance that an attempt gets a 503, not accepted",
  error503After: "chance that an attempt is accepted, then gets a 503",
  error429: "chance that an attempt gets a 429",
  drop: "chance that an attempt gets no answer",
  refuse: "chance that an attempt gets REFUSED_STREAM, not processed",
  abort: "chance that an attempt's connection is reset",
  stall: "chance that an attempt waits for ever",
  stallBody: "chance that an answer's body never ends",
  goaway: "chance that an attempt is the last of its connection",
  page: "chance that an attempt gets an HTML page",
};

/** The flag that commander reads into this field: `--error503-after` for `error503After`. */
function flagOf(field: string): string {
  return `--${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function readFaults(flags: Flags): FaultsPatch {
  const shares: Partial<Shares> = {};
  for (const nature of NATURES) shares[nature] = flags[nature];
  const chances: FaultsPatch = {};
  for (const fault of ATTEMPT_FAULTS) chances[fault] = flags[fault];
  return {
    ...chances,
    shares,
    dropConnection: flags.dropConnection === true,
    garble: flags.garble,
    pageStatus: flags.pageStatus ?? null,
    payloadFault: flags.payloadFault === true,
    payloadFaultFor: flags.payloadFaultFor ?? null,
    keyFaultFor: flags.keyFaultFor ?? null,
    wrongDead: flags.wrongDead,
    authorization: {
      tokens: flags.token ?? null,
      withoutRights: flags.tokenWithoutRights ?? [],
      messages: flags.tokenMessages ?? null,
      seconds: flags.tokenSeconds ?? null,
    },
    maxConcurrentStreams: flags.maxStreams,
    initialWindowBytes: flags.initialWindow,
    connectMs: flags.connectMs,
    latency: { meanMs: flags.latencyMs, jitterMs: flags.jitterMs },
    quotaPerMinute: flags.quota ?? null,
  };
}

function addText(text: string, others: readonly string[] = []): string[] {
  return [...others, text];
}

function parseShare(text: string): number {
  const share = Number(text);
  if (text.trim() !== "" && share >= 0 && share <= 1) return share;
  throw new InvalidArgumentError("It must be a number from 0 to 1.");
}

function parseWhole(max: number, min = 0) {
  return (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}
