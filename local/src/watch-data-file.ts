import { statSync } from "node:fs";
import { TerminalError } from "@fanfare/shared/errors";
import type { Service } from "@fanfare/shared/hosting/service";

export interface WatchOptions {
  /** Called once, when the file is deleted, moved or replaced. */
  onGone: (reason: TerminalError) => void;
  everyMs?: number;
}

const LOOK_EVERY_MS = 500;
const HINT =
  "Nothing that it writes could be found again, so it ends here. Started again, it goes on with the file that is there.";

/**
 * Notices that an open data file was deleted, moved or replaced. A process that has it open sees nothing of that: it
 * would go on sending from a file that no command can reach, and `fanfare send` would make another that nothing serves.
 */
export function watchDataFile(file: string, { onGone, everyMs = LOOK_EVERY_MS }: WatchOptions): Service {
  const look = createFileCheck(file);
  const timer = setInterval(() => {
    const found = look();
    if (found === "there") return;
    clearInterval(timer);
    const message = `The data file ${file} was ${found} while Fanfare was using it. ${HINT}`;
    onGone(new TerminalError("DATA_FILE_GONE", message));
  }, everyMs);
  // What else there is decides whether the process goes on.
  timer.unref();
  return { close: async () => clearInterval(timer) };
}

export type FileState = "there" | "deleted or moved" | "replaced by another file";

/** Tells whether a file is still the one that it was at first. */
export function createFileCheck(file: string, platform: NodeJS.Platform = process.platform): () => FileState {
  const first = identityOf(file, platform);
  return () => {
    const now = identityOf(file, platform);
    if (now === "unknown" || first === "unknown") return "there";
    if (now === "gone") return "deleted or moved";
    return now === first ? "there" : "replaced by another file";
  };
}

/** Windows deletes no file that is open, and not every file system of its has inodes. */
function identityOf(file: string, platform: NodeJS.Platform): string {
  try {
    const { dev, ino } = statSync(file, { bigint: true });
    return platform === "win32" ? "a file" : `${dev}:${ino}`;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    // A folder that may not be entered, or a disk that fails, says nothing about the file.
    return ["ENOENT", "ENOTDIR"].includes(code) ? "gone" : "unknown";
  }
}
