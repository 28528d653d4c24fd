import { answerJson, type Reply } from "../answers.ts";

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** The host name of `name:port`, as a browser would read it; undefined where it is not one. */
const nameOf = (authority: string) => URL.parse(`http://${authority}`)?.hostname;

/**
 * Refuses requests that were meant for another host. A web page may have its own name lead to 127.0.0.1 (DNS
 * rebinding), and could then read and change whatever listens there. A simulator that listens for the network may have
 * any name.
 * @param host what it listens on
 */
export function checkHost(host: string): (authority: string | undefined) => Reply | undefined {
  const isLocal = LOOPBACK.test(host) || host === "::1";
  return (authority) => {
    // No browser leaves it out.
    if (!isLocal || authority === undefined || LOOPBACK.test(nameOf(authority) ?? "")) return undefined;
    return answerJson(421, { error: `listens on ${host}, and answers requests to localhost only` });
  };
}
