import type { Socket } from "node:net";

/** Something that takes connections by their event, and listens to nothing itself. */
export type Door = { emit(event: "connection", socket: Socket): boolean };

/** Keeps each connection waiting before the door says its first word to it, as a far server does. */
export function delayDoor(door: Door, delayMs: () => number): Door {
  return {
    emit(event, socket) {
      const waitMs = delayMs();
      if (waitMs === 0) return door.emit(event, socket);
      const timer = setTimeout(() => door.emit(event, socket), waitMs);
      socket.once("close", () => clearTimeout(timer));
      return true;
    },
  };
}
