import { execFileSync } from "node:child_process";

export interface Listed {
  pid: number;
  parent: number;
  state: string;
  command: string;
}

/** Every process of this machine. One in state Z is dead, and only waits for its parent to notice. */
export function listProcesses(): Listed[] {
  const lines = execFileSync("ps", ["-Ao", "pid=,ppid=,stat=,args="], { encoding: "utf8" }).split("\n");
  return lines.map((line) => {
    const [pid, parent, state = "", ...command] = line.trim().split(/\s+/);
    return { pid: Number(pid), parent: Number(parent), state, command: command.join(" ") };
  });
}

export function childrenOf(pid: number | undefined): Listed[] {
  return listProcesses().filter(({ parent, state }) => parent === pid && !state.startsWith("Z"));
}

export function isAlive({ pid }: Pick<Listed, "pid">): boolean {
  return listProcesses().some((one) => one.pid === pid && !one.state.startsWith("Z"));
}
