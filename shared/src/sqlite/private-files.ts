import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

const FOLDER = 0o700;
const FILE = 0o600;
/** What others than the owner may do. */
const OTHERS = 0o077;

/**
 * Makes a folder that only its owner may enter, with those above it that are missing. One that is there keeps its mode.
 * One level at a time: Node's own recursion never ends below a folder that takes no others, such as /proc.
 */
export function makePrivateFolder(path: string): void {
  if (existsSync(path)) return;
  const parent = dirname(resolve(path));
  makePrivateFolder(parent);
  try {
    mkdirSync(path, FOLDER);
  } catch (error) {
    // Another process may have been quicker.
    if (!existsSync(path)) throw error;
    return;
  }
  // The process's umask may have taken away what the owner needs.
  setMode(path, FOLDER);
}

/** Makes an empty file that only its owner may read, whatever the umask is. One that is there stays as it is. */
export function makePrivateFile(path: string): void {
  try {
    closeSync(openSync(path, "wx", FILE));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return;
    throw error;
  }
  setMode(path, FILE);
}

/**
 * Takes a file away from all but its owner, if the owner is `uid`, the user of this process. It goes by the file's path:
 * closing a second handle of a data file would let go of every lock that this process has on it.
 */
export function narrowFile(path: string, uid = process.getuid?.()): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile() && found.uid === uid && (found.mode & OTHERS) !== 0) setMode(path, FILE);
}

/** A file system without modes of its own, such as FAT, refuses this to the owner too: its mount decides there. */
function setMode(path: string, mode: number): void {
  try {
    chmodSync(path, mode);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (!["EPERM", "ENOTSUP", "ENOSYS"].includes(code)) throw error;
  }
}
