import http2, { type ClientHttp2Session, type ClientHttp2Stream } from "node:http2";
import type { Send } from "./client.ts";
import { MESSAGE, PROJECT } from "./contender.ts";
import { readToken } from "./token.ts";

const CONNECTIONS = 4;
const STREAMS = 100;

/**
 * The least that sending with Node's own HTTP/2 takes: full streams on four connections, header array and body ready,
 * no record of anything. What Fanfare's own HTTP/2 is to be compared with.
 */
export async function open(origin: string): Promise<Send> {
  const token = await readToken();
  const headers = [
    ...[":method", "POST", ":scheme", "https", ":authority", "fcm.googleapis.com"],
    ...[":path", `/v1/projects/${PROJECT}/messages:send`],
    ...["content-type", "application/json", "authorization", `Bearer ${token}`],
  ];
  const rest = `,${JSON.stringify(MESSAGE).slice(1)}}`;
  const sessions = await Promise.all(Array.from({ length: CONNECTIONS }, () => connect(origin)));

  return (addresses) => {
    const all = Promise.withResolvers<{ accepted: number; dead: number }>();
    const tally = { accepted: 0, dead: 0 };
    let next = 0;
    let done = 0;

    function sendNext(session: ClientHttp2Session): void {
      const address = addresses[next++];
      if (address === undefined) return;
      const stream = session.request(headers);
      stream.on("response", onResponse).on("error", all.reject);
      stream.on("close", () => {
        done += 1;
        if (done === addresses.length) all.resolve(tally);
        process.nextTick(sendNext, session);
      });
      stream.end(`{"message":{"token":"${address}"${rest}`);
    }

    function onResponse(this: ClientHttp2Stream, fields: http2.IncomingHttpHeaders): void {
      if (Number(fields[":status"]) === 200) tally.accepted += 1;
      else tally.dead += 1;
      this.resume();
    }

    for (const session of sessions) for (let stream = 0; stream < STREAMS; stream++) sendNext(session);
    return all.promise;
  };
}

function connect(origin: string): Promise<ClientHttp2Session> {
  const { promise, resolve, reject } = Promise.withResolvers<ClientHttp2Session>();
  const session = http2.connect(origin, { settings: { enablePush: false } });
  session.once("remoteSettings", () => resolve(session)).once("error", reject);
  return promise;
}
