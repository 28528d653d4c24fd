import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { freePort } from "@fanfare/local/installation/free-port";
import { createPushedProcess } from "@fanfare/local/installation/pushed-process";
import { applyTopology } from "@fanfare/shared/bus/pubsub-topology";
import { describeOnEmulators, freshProject } from "@fanfare/shared/testing/emulators";
import { makePushToken, PUSH_ACCOUNT, startGoogleAccounts } from "@fanfare/shared/testing/google-accounts";
import { PubSub } from "@google-cloud/pubsub";
import { expect, test } from "vitest";

const AUDIENCE = "https://scheduler.example.run.app";

/** Stands between Pub/Sub's emulator, which sends no token, and a service: adds the token that Pub/Sub would. */
async function startSigner(url: string, answered: (status: number) => void) {
  const server = createServer(async (request, response) => {
    const headers = {
      "content-type": "application/json",
      authorization: `Bearer ${makePushToken(AUDIENCE)}`,
    };
    const { status } = await fetch(url, { method: "POST", headers, body: await text(request) });
    response.writeHead(status).end();
    answered(status);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

describeOnEmulators("pushes to a service whose audience is set wrongly", ["pubsub", "firestore"], () => {
  test("are taken at once where Pub/Sub says that the audience is right: none comes near bury", async () => {
    await using closing = new AsyncDisposableStack();
    const project = freshProject();
    const google = closing.adopt(await startGoogleAccounts(), (one) => one.close());
    const port = await freePort();
    const died = Promise.withResolvers<number>();
    const answers: number[] = [];
    const first = Promise.withResolvers<number>();
    const signer = closing.adopt(
      await startSigner(`http://127.0.0.1:${port}/`, (status) => {
        answers.push(status);
        first.resolve(status);
      }),
      (one) => one.close(),
    );
    const push = { endpoint: signer.url, serviceAccountEmail: PUSH_ACCOUNT, audience: AUDIENCE };
    await applyTopology({ project, push: { scheduler: push } });
    const scheduler = createPushedProcess({
      service: "scheduler",
      port,
      environment: {
        ...process.env,
        ...google.environment,
        FANFARE_PROJECT: project,
        FANFARE_CLOCK: "external",
        FANFARE_PUSH_AUTH: "verify",
        FANFARE_PUSH_ACCOUNT: PUSH_ACCOUNT,
        FANFARE_PUSH_AUDIENCE: "https://the-name-before.example.run.app",
      },
      onDeath: died.reject,
    });
    closing.defer(() => scheduler.stop());
    await scheduler.start();
    const pubsub = closing.adopt(new PubSub({ projectId: project }), (one) => one.close());
    await pubsub.topic("broadcast-requests").publishMessage({
      json: {
        v: 1,
        caller: "shop",
        idempotencyKey: "one",
        content: { title: "Hello", text: "World" },
        audience: "all",
      },
    });
    expect(await Promise.race([first.promise, died.promise])).toBe(204);
    expect(answers).toEqual([204]);
  });
});
