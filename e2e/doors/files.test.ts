import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeFolder } from "@fanfare/local/testing/folder";
import { expect, onTestFinished, test } from "vitest";

const MAIN = fileURLToPath(import.meta.resolve("@fanfare/cli/main"));

/** Starts `fanfare up` on a new folder, under a umask that takes nothing away. Resolves when it is up. */
async function startUp() {
  const data = join(makeFolder(), "data");
  const args = [
    "-c",
    'umask 000; exec "$0" "$@"',
    process.execPath,
    MAIN,
    "up",
    "--port",
    "0",
    "--data",
    data,
  ];
  const up = spawn("/bin/sh", args, { stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void up.kill("SIGKILL"));
  const ended = endOf(up);
  await Promise.race([once(up.stdout, "data"), ended.then((end) => expect.unreachable(end.errors))]);
  return { data, file: join(data, "fanfare.db"), ended };
}

async function endOf(up: ChildProcess): Promise<{ code: number | null; errors: string }> {
  let errors = "";
  up.stderr?.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const [code] = await once(up, "close");
  return { code, errors };
}

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

// Windows has no modes, and deletes no file that is open.
const onUnix = test.runIf(process.platform !== "win32");

onUnix("a data file is for its owner alone, and one deleted under a running up is noticed", async () => {
  const { data, file, ended } = await startUp();
  const names = readdirSync(data).sort();
  expect(names).toEqual(["fanfare.db", "fanfare.db-shm", "fanfare.db-wal"]);
  expect([data, ...names.map((name) => join(data, name))].map(modeOf)).toEqual(["700", "600", "600", "600"]);
  rmSync(file);
  const { code, errors } = await ended;
  expect(errors).toContain(`The data file ${file} was deleted or moved while Fanfare was using it.`);
  expect(code).toBe(1);
});

onUnix.each([
  ["a deleted folder", ({ data }) => rmSync(data, { recursive: true }), "was deleted or moved"],
  ["another file in its place", ({ file }) => replace(file), "was replaced by another file"],
] as [string, (at: { data: string; file: string }) => void, string][])(
  "%s ends a running up with an error",
  async (_, act, message) => {
    const up = await startUp();
    act(up);
    const { code, errors } = await up.ended;
    expect(errors).toContain(message);
    expect(code).toBe(1);
  },
);

function replace(file: string): void {
  writeFileSync(`${file}.copy`, "");
  renameSync(`${file}.copy`, file);
}
