import { expect, test } from "vitest";
import { NO_FAULTS } from "./behaviour/faults.ts";
import { NO_SHARES } from "./behaviour/natures.ts";
import { parseOptions } from "./options.ts";

const {
  retryAfterSeconds: _r,
  retryAfterDate: _d,
  maxFaultyAttempts: _m,
  quotaRetryAfter: _q,
  ...defaults
} = NO_FAULTS;
const plain = { port: 8085, host: "127.0.0.1", seed: "1", ...defaults };

test.each([
  ["", {}, false],
  ["--port 0 --json", { port: 0 }, true],
  ["--seed abc --host ::1", { seed: "abc", host: "::1" }, false],
  [
    "--dead 0.05 --foreign .01 --malformed 0.005",
    { shares: { ...NO_SHARES, dead: 0.05, foreign: 0.01, malformed: 0.005 } },
    false,
  ],
  [
    "--error500 0.1 --error503 0.2 --error503-after 0.3 --error429 0.1 --drop 0.3 --drop-connection",
    { error500: 0.1, error503: 0.2, error503After: 0.3, error429: 0.1, drop: 0.3, dropConnection: true },
    false,
  ],
  ["--latency-ms 80 --jitter-ms 20", { latency: { meanMs: 80, jitterMs: 20 } }, false],
  ["--quota 600000", { quotaPerMinute: 600_000 }, false],
  [
    "--refuse 0.1 --abort 0.2 --stall 0.1 --stall-body 0.2 --goaway 0.1 --garble 1",
    { refuse: 0.1, abort: 0.2, stall: 0.1, stallBody: 0.2, goaway: 0.1, garble: 1 },
    false,
  ],
  [
    "--not-for-topic 0.1 --bare-invalid 0.1 --bare-unauthenticated 0.1 --bare-not-found 0.1 --without-key 0.1 --limited 0.2",
    {
      shares: {
        ...NO_SHARES,
        notForTopic: 0.1,
        bareInvalid: 0.1,
        bareUnauthenticated: 0.1,
        bareNotFound: 0.1,
        withoutKey: 0.1,
        limited: 0.2,
      },
    },
    false,
  ],
  ["--page 0.02 --page-status 404", { page: 0.02, pageStatus: 404 }, false],
  [
    "--payload-fault-for :ios --key-fault-for :web --wrong-dead 0.7",
    { payloadFaultFor: ":ios", keyFaultFor: ":web", wrongDead: 0.7 },
    false,
  ],
  ["--payload-fault --max-streams 20", { payloadFault: true, maxConcurrentStreams: 20 }, false],
  ["--initial-window 0 --connect-ms 50", { initialWindowBytes: 0, connectMs: 50 }, false],
  [
    "--token a --token b --token-without-rights c --token-messages 50 --token-seconds 3600",
    { authorization: { tokens: ["a", "b"], withoutRights: ["c"], messages: 50, seconds: 3600 } },
    false,
  ],
])("fcm-simulator %s", (line, expected, json) => {
  const argv = line.split(" ").filter(Boolean);
  expect(parseOptions(argv)).toEqual({
    kind: "run",
    options: { ...plain, ...expected },
    tlsFiles: undefined,
    json,
  });
});

test("a certificate is named by two files", () => {
  expect(parseOptions(["--tls-cert", "cert.pem", "--tls-key", "key.pem"])).toMatchObject({
    kind: "run",
    tlsFiles: { cert: "cert.pem", key: "key.pem" },
  });
});

test.each([
  ["--port 99999", "--port"],
  ["--port x", "--port"],
  ["--port", "--port"],
  ["--dead 1.5", "--dead"],
  ["--page-status 200", "--page-status"],
  ["--wrong-dead all", "--wrong-dead"],
  ["--limited 0.6 --without-key 0.6", "--without-key, --limited"],
  ["--error503 much", "--error503"],
  ["--latency-ms -1", "--latency-ms"],
  ["--quota 1.5", "--quota"],
  ["--deed 0.5", "--deed"],
  ["--dead 0.6 --foreign 0.6", "--dead, --foreign"],
  ["--error503 0.6 --drop 0.6", "--error503, --error503-after"],
  ["--stall 0.6 --goaway 0.6", "--goaway"],
  ["--token-messages some", "--token-messages"],
  ["--tls-cert cert.pem", "--tls-key"],
  ["--tls-key key.pem", "--tls-cert"],
  ["surplus", "argument"],
])("fcm-simulator %s is refused, naming %s", (line, named) => {
  const parsed = parseOptions(line.split(" "));
  expect(parsed).toMatchObject({ kind: "stop", exitCode: 2, text: expect.stringContaining(named) });
});

test("--help is no error", () => {
  const parsed = parseOptions(["--help"]);
  expect(parsed).toMatchObject({
    kind: "stop",
    exitCode: 0,
    text: expect.stringContaining("--error503-after"),
  });
});
