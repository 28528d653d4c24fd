import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import type { Store } from "@fanfare/shared/store";
import { createFolder } from "@fanfare/shared/testing/folder";
import { afterAll } from "vitest";
import { withStore } from "../installation/open.ts";

const folders: ReturnType<typeof createFolder>[] = [];
afterAll(() => {
  for (const folder of folders) folder.remove();
});

/** The path of a new folder, which lasts as long as the file's tests. */
export function makeFolder(): string {
  const folder = createFolder();
  folders.push(folder);
  return folder.path;
}

/** Looks into the data file of a folder, or makes it, beside whoever else has it open. */
export function inStore<T>(folder: string, work: (store: Store) => Promise<T>): Promise<T> {
  return withStore({ data: folder }, work);
}

/** The broadcasts in a folder, which may have no data file. */
export async function broadcastsIn(folder: string): Promise<Broadcast[]> {
  if (!existsSync(join(folder, "fanfare.db"))) return [];
  return inStore(folder, ({ broadcasts }) => broadcasts.list(undefined, 100));
}
