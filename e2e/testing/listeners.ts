import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { listProcesses } from "@fanfare/local/testing/processes";

/** A socket that takes connections, as Linux lists it. */
export interface Listener {
  pid: number;
  command: string;
  port: number;
  isLoopback: boolean;
}

/** 127.0.0.0/8 in the kernel's writing, which has the bytes of each 32 bits backwards; alone, and mapped into IPv6. */
const LOOPBACK = /^(0{16}FFFF0{4})?[0-9A-F]{6}7F$|^0{24}01000000$/;
const LISTENING = "0A";

/** Every listening TCP socket of these processes. Linux only. */
export function listenersOf(pids: readonly number[]): Listener[] {
  const listening = listListening();
  const commands = new Map(listProcesses().map(({ pid, command }) => [pid, command]));
  return pids.flatMap((pid) =>
    socketsOf(pid).flatMap((inode) => {
      const socket = listening.get(inode);
      return socket ? [{ pid, command: commands.get(pid) ?? "", ...socket }] : [];
    }),
  );
}

/** A process and all below it. */
export function familyOf(pid: number): number[] {
  const all = listProcesses();
  const below = (parent: number): number[] =>
    all.filter((one) => one.parent === parent).flatMap((one) => [one.pid, ...below(one.pid)]);
  return [pid, ...below(pid)];
}

/** Listening sockets by their inodes. See proc_net_tcp in the kernel's documentation. */
function listListening(): Map<string, Pick<Listener, "port" | "isLoopback">> {
  const lines = ["tcp", "tcp6"].flatMap((name) =>
    readFileSync(`/proc/net/${name}`, "utf8").split("\n").slice(1),
  );
  const fields = lines.map((line) => line.trim().split(/\s+/)).filter(([, , , state]) => state === LISTENING);
  return new Map(
    fields.map(([, local = "", , , , , , , , inode = ""]) => {
      const [address = "", port = ""] = local.split(":");
      return [inode, { port: Number.parseInt(port, 16), isLoopback: LOOPBACK.test(address) }];
    }),
  );
}

function socketsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return namesIn(folder).flatMap((name) => /^socket:\[(\d+)\]$/.exec(linkOf(`${folder}/${name}`))?.[1] ?? []);
}

/** A process may end, and a handle close, while they are looked at. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
