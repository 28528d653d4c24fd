import type { Socket } from "node:net";

/** Something that takes connections by their event, and listens to nothing itself. */
export type Door = { emit(event: "connection", socket: Socket): boolean };

/** A door that keeps each connection waiting before it says its first word to it, as a far server does. */
export type DelayedDoor = Door & {
  /** The delay has changed: who has waited as long as it is now waits no more. */
  changed(): void;
};

export function delayDoor(door: Door, delayMs: () => number): DelayedDoor {
  const waiting = new Map<Socket, { since: number; timer: NodeJS.Timeout }>();

  function leave(socket: Socket): void {
    clearTimeout(waiting.get(socket)?.timer);
    waiting.delete(socket);
  }

  function admit(socket: Socket): void {
    leave(socket);
    door.emit("connection", socket);
  }

  function look(socket: Socket, since: number): void {
    leave(socket);
    const leftMs = since + delayMs() - performance.now();
    if (leftMs <= 0) admit(socket);
    else waiting.set(socket, { since, timer: setTimeout(admit, leftMs, socket) });
  }

  return {
    emit(_, socket) {
      socket.once("close", () => leave(socket));
      look(socket, performance.now());
      return true;
    },
    changed() {
      for (const [socket, { since }] of [...waiting]) look(socket, since);
    },
  };
}
