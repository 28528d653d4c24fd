import { once } from "node:events";
import { connect, type IncomingHttpHeaders } from "node:http2";

export type Answer = { status: number; headers: IncomingHttpHeaders; text: string };

export const SEND_PATH = "/v1/projects/demo/messages:send";

/** A plain HTTP/2 client of one connection. A stream that ends without an answer rejects. */
export async function connectClient(url: string) {
  const session = connect(url);
  session.on("error", () => {});
  await once(session, "connect");
  await once(session, "remoteSettings");

  function request(method: string, path: string, body = ""): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const stream = session.request({ ":method": method, ":path": path }, { endStream: body === "" });
      let headers: IncomingHttpHeaders | undefined;
      let text = "";
      stream.setEncoding("utf8");
      stream.on("response", (received) => {
        headers = received;
      });
      stream.on("data", (chunk: string) => {
        text += chunk;
      });
      stream.on("error", reject);
      stream.on("close", () => {
        if (headers) resolve({ status: Number(headers[":status"]), headers, text });
        else reject(new Error("closed without an answer"));
      });
      if (body !== "") stream.end(body);
    });
  }

  return {
    session,
    request,
    send: (message: object) => request("POST", SEND_PATH, JSON.stringify({ message })),
    close: () => session.destroy(),
  };
}

export type Client = Awaited<ReturnType<typeof connectClient>>;

/** The n-th address of a test, in the form of a registration token. */
export function addressOf(n: number): string {
  return `device${String(n).padStart(16, "0")}:APA91b${"x".repeat(60)}`;
}

/** A message as a careful sender writes it: a repeat replaces the first on either phone. */
export function writeMessage(token: string, broadcast: string, title = "Hello") {
  return {
    token,
    notification: { title, body: "World" },
    data: { page: "Home" },
    android: { priority: "high", ttl: "3600s", notification: { tag: broadcast } },
    apns: { headers: { "apns-collapse-id": broadcast }, payload: { aps: { sound: "default" } } },
  };
}
