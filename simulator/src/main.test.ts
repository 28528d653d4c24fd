import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { certificate, certificateFiles } from "./testing/certificate.ts";
import { connectClient } from "./testing/client.ts";

const script = fileURLToPath(new URL("./main.ts", import.meta.url));
const started: ChildProcess[] = [];

function start(...argv: string[]) {
  const child = spawn(process.execPath, [script, ...argv], { stdio: ["ignore", "pipe", "pipe"] });
  started.push(child);
  return child;
}

async function readLine(child: ReturnType<typeof start>): Promise<string> {
  const [line] = await once(createInterface(child.stdout), "line");
  return line;
}

afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

test.each(["SIGTERM", "SIGINT"] as const)(
  "says where it listens, answers, and ends well on %s",
  async (signal) => {
    const child = start("--port", "0", "--json");
    const { url, port } = JSON.parse(await readLine(child));
    expect(url).toBe(`http://127.0.0.1:${port}`);
    expect((await fetch(`${url}/control/stats`)).status).toBe(200);
    child.kill(signal);
    expect(await once(child, "exit")).toEqual([0, null]);
  },
);

test("a port in use ends with code 2 and names the option", async () => {
  const first = start("--port", "0");
  const port = /:(\d+)$/.exec(await readLine(first))?.[1] ?? "";
  const second = start("--port", port);
  const [said, [code]] = await Promise.all([text(second.stderr), once(second, "exit")]);
  expect(said).toBe(`error: port ${port} is in use; choose another by --port, or 0 for any free one\n`);
  expect(code).toBe(2);
});

test("a bad option ends with code 2 and names the option", async () => {
  const child = start("--dead", "2");
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  expect(said).toContain("--dead");
  expect(code).toBe(2);
});

test("speaks TLS with a certificate of files, and names what is wrong with them", async () => {
  const { cert, key } = certificateFiles;
  const child = start("--port", "0", "--json", "--tls-cert", cert, "--tls-key", key);
  const { url, port } = JSON.parse(await readLine(child));
  expect(url).toBe(`https://127.0.0.1:${port}`);
  const client = await connectClient(url, { ca: certificate.cert });
  expect((await client.request("GET", "/control/stats")).status).toBe(200);
  client.close();
  const wrong = [
    ["nowhere.pem", key, "error: there is no file nowhere.pem\n"],
    [cert, cert, expect.stringMatching(/^error: --tls-cert and --tls-key are no certificate and its key: /)],
  ];
  for (const [certFile, keyFile, says] of wrong) {
    const failing = start("--port", "0", "--tls-cert", certFile, "--tls-key", keyFile);
    const [said, [code]] = await Promise.all([text(failing.stderr), once(failing, "exit")]);
    expect([said, code]).toEqual([says, 2]);
  }
});
