import { openSync, readSync, writeSync } from "node:fs";

const BYTES = 8;

/** The offset of a machine's wall clock in milliseconds, in a file: all its processes see a step at one moment. */
export interface OffsetFile {
  read(): number;
  write(offsetMs: number): void;
}

/** @param how "r" to read what another process writes, "w+" for a new file, which says 0 */
export function openOffsetFile(path: string, how: "r" | "w+"): OffsetFile {
  const file = openSync(path, how);
  const bytes = Buffer.alloc(BYTES);
  const write = (offsetMs: number) => {
    const written = Buffer.alloc(BYTES);
    written.writeDoubleLE(offsetMs);
    writeSync(file, written, 0, BYTES, 0);
  };
  if (how === "w+") write(0);
  return {
    read() {
      readSync(file, bytes, 0, BYTES, 0);
      return bytes.readDoubleLE();
    },
    write,
  };
}
