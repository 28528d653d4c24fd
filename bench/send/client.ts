import http2 from "node:http2";
import type { Tally } from "./contender.ts";

/** Sends the message to every address. @param calls how many calls of the library are under way at once */
export type Send = (addresses: readonly string[], calls: number) => Promise<Tally>;

export interface ClientOrder {
  addresses: readonly string[];
  calls: number;
}

// One of the other contenders, in a process of its own: node client.ts NAME ORIGIN FOLDER. It sends when it is told to.
const CLIENTS: Record<string, () => Promise<{ open: (origin: string, folder: string) => Promise<Send> }>> = {
  "node:http2": () => import("./node-http2.ts"),
  "firebase-admin": () => import("./firebase-admin.ts"),
  "fcm-v1-http2": () => import("./fcm-v1-http2.ts"),
  "@googleapis/fcm": () => import("./googleapis-fcm.ts"),
  h2load: () => import("./h2load.ts"),
};

const [name = "", origin = "", folder = ""] = process.argv.slice(2);

// Libraries know one host only, so their connections are turned round to the sink.
const { connect } = http2;
http2.connect = ((authority: string, ...rest: []) =>
  connect(
    authority.startsWith("https://fcm.googleapis.com") ? origin : authority,
    ...rest,
  )) as typeof connect;

const load = CLIENTS[name];
if (!load) throw new Error(`there is no contender ${name}`);
const { open } = await load();
const send = await open(origin, folder);
process.on("message", async ({ addresses, calls }: ClientOrder) => {
  process.send?.({ type: "done", ...(await send(addresses, calls)) });
});
process.on("disconnect", () => process.exit());
process.send?.({ type: "ready" });
