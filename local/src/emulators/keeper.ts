import { spawn } from "node:child_process";

// Stands between Fanfare and an emulator, as the leader of a process group of their own: however Fanfare ends, be it
// by `kill -9`, the message channel closes, and the whole group goes: the emulator, its shell and this process.
const [, , command = "", ...args] = process.argv;
const end = () => process.kill(-process.pid, "SIGKILL");
process.once("disconnect", end).once("SIGTERM", end).once("SIGINT", end);

const emulator = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"] });
emulator.once("error", (error) => {
  console.error(error.message);
  process.exit(1);
});
emulator.once("exit", (code) => process.exit(code ?? 1));
