import { freePort } from "@fanfare/local/installation/free-port";
import { createFunctionProcess } from "@fanfare/local/installation/function-process";
import { documentEvent } from "@fanfare/shared/hosting/document-event";
import { expect } from "vitest";
import type { App } from "./app.ts";

/** Deletes a user's document, and lets its event come to the registrar, in a process of its own. */
export async function deleteUser({ firestore, installation }: App, path: string): Promise<void> {
  const { createTime } = await firestore.doc(path).get();
  const createdAt = (createTime?.toMillis() ?? 0) * 1_000;
  await firestore.doc(path).delete();
  const port = await freePort();
  const registrar = createFunctionProcess({
    service: "registrar",
    target: "userDeleted",
    port,
    environment: { ...process.env, FANFARE_PROJECT: installation.project },
    onDeath: (reason) => expect.unreachable(reason.message),
  });
  await registrar.start();
  try {
    const { headers, body } = documentEvent({
      kind: "deleted",
      path,
      createdAt,
      project: installation.project,
    });
    const now = { ...headers, "ce-time": new Date().toISOString() };
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", headers: now, body });
    expect(response.status).toBe(204);
  } finally {
    await registrar.stop();
  }
}
