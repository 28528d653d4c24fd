import type { IncomingMessage } from "node:http";
import { isIPv6 } from "node:net";

/** Only Cloud Run sets this; there the last proxy is Google's. */
const isBehindProxy = () => process.env.K_SERVICE !== undefined;

/**
 * The client's network address, as the platform's last proxy reports it: the last entry of `X-Forwarded-For`, since the
 * client itself can write those before it. Of an IPv6 address the first 64 bits: one client has them all.
 */
export function clientAddress(request: Pick<IncomingMessage, "headers" | "socket">): string {
  const forwarded = isBehindProxy() ? String(request.headers["x-forwarded-for"] ?? "") : "";
  const last = forwarded.slice(forwarded.lastIndexOf(",") + 1).trim();
  const address = last === "" ? (request.socket.remoteAddress ?? "") : last.slice(0, 64);
  return isIPv6(address) ? networkOf(address) : address;
}

/** The first four groups, with those that `::` leaves out. */
function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [left = "", right = ""] = address.toLowerCase().split("::");
  const groups = left === "" ? [] : left.split(":");
  const tail = right === "" ? [] : right.split(":");
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - tail.length) }, () => "0");
  const all = address.includes("::") ? [...groups, ...zeros, ...tail] : groups;
  return all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":");
}
