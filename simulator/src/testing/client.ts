import { once } from "node:events";
import { connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http2";

export type Answer = { status: number; headers: IncomingHttpHeaders; text: string };

export const SEND_PATH = "/v1/projects/demo/messages:send";

/** A plain HTTP/2 client of one connection. A stream that ends without an answer rejects. @param ca PEM, for TLS */
export async function connectClient(url: string, { ca }: { ca?: string } = {}) {
  const session = connect(url, ca === undefined ? {} : { ca });
  session.on("error", () => {});
  await once(session, "connect");
  await once(session, "remoteSettings");

  function request(method: string, path: string, body = "", more: OutgoingHttpHeaders = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const headers = { ":method": method, ":path": path, ...more };
      const stream = session.request(headers, { endStream: body === "" });
      let answered: IncomingHttpHeaders | undefined;
      let text = "";
      stream.setEncoding("utf8");
      stream.on("response", (received) => {
        answered = received;
      });
      stream.on("data", (chunk: string) => {
        text += chunk;
      });
      stream.on("error", reject);
      stream.on("close", () => {
        if (answered) resolve({ status: Number(answered[":status"]), headers: answered, text });
        else reject(new Error("closed without an answer"));
      });
      if (body !== "") stream.end(body);
    });
  }

  return {
    session,
    request,
    send: (message: object, headers?: OutgoingHttpHeaders) =>
      request("POST", SEND_PATH, JSON.stringify({ message }), headers),
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

/** The body of an error that FCM itself answers with. */
export function fcmError(code: number, message: string, status: string, errorCode: string) {
  const details = [{ "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", errorCode }];
  return { error: { code, message, status, details } };
}
