import { once } from "node:events";
import { connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { freePort } from "./free-port.ts";
import { createFunctionProcess } from "./function-process.ts";

async function startFunction(target: string) {
  const port = await freePort();
  const child = createFunctionProcess({
    service: "registrar",
    target,
    port,
    environment: { ...process.env, FANFARE_PROJECT: "demo-project" },
    onDeath: (reason) => expect.unreachable(reason.message),
  });
  onTestFinished(child.stop);
  await child.start();
  return port;
}

async function canConnect(port: number, host: string): Promise<boolean> {
  const socket = connect(port, host);
  const reached = await once(socket, "connect").then(
    () => true,
    () => false,
  );
  socket.destroy();
  return reached;
}

test("a function on this machine answers on loopback", async () => {
  const port = await startFunction("removeFcmToken");
  const headers = { "content-type": "application/json" };
  const response = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", headers, body: '{"data":{}}' });
  expect(response.status).toBe(200);
});

// A listener on every interface of Linux answers on all of 127.0.0.0/8, one on 127.0.0.1 does not.
test.runIf(process.platform === "linux")("a function listens on no other interface", async () => {
  const port = await startFunction("addFcmToken");
  expect(await canConnect(port, "127.0.0.1")).toBe(true);
  expect(await canConnect(port, "127.0.0.2")).toBe(false);
});

test("a target that the service does not register ends the process with its name", async () => {
  const lines: string[] = [];
  const child = createFunctionProcess({
    service: "registrar",
    target: "removeEverything",
    port: await freePort(),
    environment: { ...process.env, FANFARE_PROJECT: "demo-project" },
    onDeath: () => undefined,
    onLog: (line) => lines.push(line),
  });
  onTestFinished(child.stop);
  await expect(child.start()).rejects.toThrow("registrar's function removeEverything");
  expect(lines.join("\n")).toContain("removeEverything");
});
