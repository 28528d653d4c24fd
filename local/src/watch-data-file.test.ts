import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { withStore } from "./installation/open.ts";
import { makeFolder } from "./testing/folder.ts";
import { createFileCheck, watchDataFile } from "./watch-data-file.ts";

let file: string;
beforeEach(() => {
  const folder = join(makeFolder(), "data");
  mkdirSync(folder);
  file = join(folder, "fanfare.db");
  writeFileSync(file, "the first");
});

const replace = () => {
  writeFileSync(`${file}.copy`, "a copy");
  renameSync(`${file}.copy`, file);
};

test("a file that is written to is still there", () => {
  const look = createFileCheck(file);
  writeFileSync(file, "more");
  expect(look()).toBe("there");
});

test.each([
  ["a deleted file", () => rmSync(file), "deleted or moved"],
  ["a moved file", () => renameSync(file, `${file}.old`), "deleted or moved"],
  ["a deleted folder", () => rmSync(dirname(file), { recursive: true }), "deleted or moved"],
  ["a file in the place of the folder", putFileForFolder, "deleted or moved"],
])("%s is noticed", (_, act, found) => {
  const look = createFileCheck(file);
  act();
  expect(look()).toBe(found);
});

function putFileForFolder(): void {
  rmSync(dirname(file), { recursive: true });
  writeFileSync(dirname(file), "");
}

// Windows lets no one replace an open file, and its inodes are not compared.
test.each([
  ["linux", "replaced by another file"],
  ["win32", "there"],
] as const)("on %s another file in its place is %s", (platform, found) => {
  const look = createFileCheck(file, platform);
  replace();
  expect(look()).toBe(found);
});

test("it is told once, with the file's name, and not after the end", async () => {
  const onGone = vi.fn();
  const watch = watchDataFile(file, { onGone, everyMs: 1 });
  onTestFinished(watch.close);
  const ended = vi.fn();
  await watchDataFile(file, { onGone: ended, everyMs: 1 }).close();
  rmSync(file);
  await vi.waitFor(() => expect(onGone).toHaveBeenCalledOnce());
  replace();
  const later = vi.fn();
  onTestFinished(watchDataFile(`${file}.none`, { onGone: later, everyMs: 1 }).close);
  await vi.waitFor(() => expect(later).toHaveBeenCalled());
  expect(onGone).toHaveBeenCalledOnce();
  expect(onGone.mock.calls[0]?.[0]).toMatchObject({ code: "DATA_FILE_GONE" });
  expect(String(onGone.mock.calls[0]?.[0].message)).toContain(file);
  expect(ended).not.toHaveBeenCalled();
});

test.skipIf(process.platform === "win32")("a command that waits on a deleted file fails", async () => {
  const data = join(makeFolder(), "data");
  const waiting = withStore({ data }, () => {
    rmSync(data, { recursive: true });
    return new Promise<never>(() => undefined);
  });
  await expect(waiting).rejects.toMatchObject({ code: "DATA_FILE_GONE" });
});
