import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { LOOPBACK } from "@fanfare/shared/hosting/loopback";
import type { FuzzRequest, Step } from "./request.ts";

/** Longer than a server waits for a whole request: what is silent until then is stuck. */
const PATIENCE_MS = 90_000;

export interface Exchange {
  /** All that came back. */
  received: Buffer;
  /** Whether the other side neither answered nor closed. */
  silent: boolean;
}

/** Sends a request to a port of this machine, and reads until the connection is closed. */
export async function send(
  port: number,
  { steps, ending }: Pick<FuzzRequest, "steps" | "ending">,
): Promise<Exchange> {
  const socket = connect({ port, host: LOOPBACK, allowHalfOpen: true });
  const received: Buffer[] = [];
  let silent = false;
  // Both sides break connections off; what was received by then is what counts.
  socket.on("error", () => undefined).on("data", (data) => void received.push(data));
  socket.on("end", () => void socket.end());
  const timer = setTimeout(() => {
    silent = true;
    socket.destroy();
  }, PATIENCE_MS);
  const closed = new Promise<void>((resolve) => void socket.once("close", () => resolve()));
  await write(socket, steps);
  if (ending === "ends") socket.end();
  if (ending === "breaks off") socket.destroy();
  await closed;
  clearTimeout(timer);
  return { received: Buffer.concat(received), silent };
}

async function write(socket: Socket, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    if (Buffer.isBuffer(step)) await put(socket, step);
    else if ("pauseMs" in step) await pause(step.pauseMs);
    else for (let left = step.times; left > 0 && socket.writable; left--) await put(socket, step.again);
  }
}

/** Resolves when there is room for more, or when the connection is gone. */
async function put(socket: Socket, bytes: Buffer): Promise<void> {
  if (!socket.writable || socket.write(bytes)) return;
  await new Promise<void>((resolve) => {
    const go = () => {
      socket.off("drain", go).off("close", go);
      resolve();
    };
    socket.on("drain", go).on("close", go);
  });
}
