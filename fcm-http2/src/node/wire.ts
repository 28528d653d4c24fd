import { Duplex } from "node:stream";

export interface WireDeps {
  write: (bytes: Buffer) => void;
  isFull: () => boolean;
  /** Asked before anything is written; where it says no, nothing is, and the connection is to be ended. */
  mayWrite: (bytes: Buffer) => boolean;
}

/**
 * What Node's HTTP/2 takes for its socket. With the socket itself it would read and write beneath us, and a process that
 * stood still would send what it held as soon as it woke up; so it gets our socket's bytes from us.
 */
export function createWire({ write, isFull, mayWrite }: WireDeps) {
  let taken: (() => void) | undefined;

  /** What Node has framed at once comes here at once, so that nothing that is framed is left to wait. */
  function pass(bytes: Buffer, done: () => void): void {
    if (!mayWrite(bytes)) return;
    write(bytes);
    if (isFull()) taken = done;
    else done();
  }

  const stream = new Duplex({
    read() {},
    write: (bytes: Buffer, _encoding, done) => pass(bytes, done),
    writev: (parts, done) => pass(Buffer.concat(parts.map(({ chunk }) => chunk)), done),
  });
  return {
    stream,
    /** The socket took all that was written: Node may go on. */
    resume(): void {
      const done = taken;
      taken = undefined;
      done?.();
    },
  };
}
