#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { type Parsed, parseOptions, type TlsFiles } from "./options.ts";
import { createSimulator, type Simulator, type SimulatorOptions } from "./simulator.ts";

const BAD_OPTION = 2;

const parsed = parseOptions(process.argv.slice(2));
if (parsed.kind === "stop") {
  (parsed.exitCode === 0 ? process.stdout : process.stderr).write(parsed.text);
  process.exitCode = parsed.exitCode;
} else {
  await run(parsed);
}

async function run({ options, tlsFiles, json }: Parsed & { kind: "run" }): Promise<void> {
  let simulator: Simulator;
  try {
    simulator = await createSimulator({ ...options, tls: tlsFiles && readCertificate(tlsFiles) });
  } catch (error) {
    process.stderr.write(`error: ${explain(error as NodeJS.ErrnoException, options)}\n`);
    process.exitCode = BAD_OPTION;
    return;
  }
  const { url, port } = simulator;
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void simulator.close());
  process.stdout.write(json ? `${JSON.stringify({ url, port })}\n` : `FCM simulator listening on ${url}\n`);
}

function readCertificate({ cert, key }: TlsFiles): { cert: string; key: string } {
  return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
}

function explain(error: NodeJS.ErrnoException, { port, host }: SimulatorOptions): string {
  switch (error.code) {
    case "EADDRINUSE":
      return `port ${port} is in use; choose another by --port, or 0 for any free one`;
    case "EACCES":
      return `port ${port} may not be opened by this user; choose one from 1024 by --port`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `--host ${host} is no address of this machine`;
    case "ENOENT":
      return `there is no file ${error.path}`;
    default:
      return error.code?.startsWith("ERR_OSSL")
        ? `--tls-cert and --tls-key are no certificate and its key: ${error.message}`
        : error.message;
  }
}
