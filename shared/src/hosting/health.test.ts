import { once } from "node:events";
import { connect, createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { ConfigError } from "../errors.ts";
import { createHealth } from "./health.ts";
import { hostOf } from "./listen.ts";

test.each([
  [{}, undefined],
  [{ PUBSUB_EMULATOR_HOST: "" }, undefined],
  [{ PUBSUB_EMULATOR_HOST: "127.0.0.1:8085" }, "127.0.0.1"],
])("with %j it listens on %s: on one machine no other one may ask", (env, host) => {
  expect(hostOf(env)).toBe(host);
});

// A listener on every interface of Linux answers on all of 127.0.0.0/8, one on 127.0.0.1 does not.
test.runIf(process.platform === "linux")(
  "it listens on the host that it is given, and on no other",
  async () => {
    const port = await freePort();
    const health = await createHealth(port, "127.0.0.1");
    onTestFinished(health.close);
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
    const other = connect(port, "127.0.0.2");
    await expect(once(other, "connect")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  },
);

test("a port that is taken is a fault of the settings", async () => {
  const port = await freePort();
  const health = await createHealth(port, "127.0.0.1");
  onTestFinished(health.close);
  await expect(createHealth(port, "127.0.0.1")).rejects.toThrow(ConfigError);
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address ? address.port : 0;
}
