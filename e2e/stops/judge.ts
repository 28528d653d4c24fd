import type { LogLine } from "@fanfare/simulator";
import { fanfare } from "../../cli/src/testing/fanfare.ts";
import type { Stage } from "./stage.ts";
import type { Stopped } from "./stop.ts";

const LISTS = ["reached", "unreached", "unknown"] as const;
type List = (typeof LISTS)[number];

/** Differences shown, at most. */
const SHOWN = 10;

/** What the lists and the books of a stopped broadcast say that is not so, in words without addresses. */
export async function judge(stage: Stage, { sent, afterwards }: Stopped): Promise<string[]> {
  const lists = await readLists(stage);
  const accepted = new Map<string, LogLine>();
  for await (const line of stage.simulator.log()) accepted.set(line.address, line);
  const found = [
    ...(afterwards === sent
      ? []
      : [`${afterwards - sent} messages were sent after the stop was acknowledged`]),
    ...checkAudience(stage, lists),
    ...LISTS.flatMap((list) => lists[list].flatMap((address) => checkMember(list, accepted.get(address)))),
    ...(await checkBooks(stage, lists)),
  ];
  return found.slice(0, SHOWN);
}

export type Lists = Record<List, string[]>;

/** As a person gets them, by the commands. */
async function readLists({ broadcast, data }: Stage): Promise<Lists> {
  const read = async (list: List) => {
    const { code, stdout, stderr } = await fanfare([
      list,
      broadcast.id,
      "--data",
      data,
      "--format",
      "ndjson",
    ]);
    if (code !== 0) throw new Error(`fanfare ${list} ended with ${code}: ${stderr}`);
    return stdout.split("\n").flatMap((line) => (line ? [String(JSON.parse(line).address)] : []));
  };
  const [reached, unreached, unknown] = [
    await read("reached"),
    await read("unreached"),
    await read("unknown"),
  ];
  return { reached, unreached, unknown };
}

/** Together they are the audience, and nobody is on two of them. */
function checkAudience({ audience }: Stage, lists: Lists): string[] {
  const listed = LISTS.flatMap((list) => lists[list]);
  const once = new Set(listed);
  const missing = audience.filter(({ address }) => !once.has(address)).length;
  const strangers = once.size - (audience.length - missing);
  return [
    ...(listed.length === once.size ? [] : [`${listed.length - once.size} addresses are listed twice`]),
    ...(missing === 0 ? [] : [`${missing} addresses of the audience are on no list`]),
    ...(strangers === 0 ? [] : [`${strangers} addresses are listed that are not of the audience`]),
  ];
}

function checkMember(list: List, line: LogLine | undefined): string[] {
  const accepted = line?.accepted ?? 0;
  const agrees = list === "unknown" || (list === "reached") === accepted > 0;
  return agrees ? [] : [`one is ${list}, and FCM saw ${line?.answers.join(" ") ?? "nothing"}`];
}

async function checkBooks({ store, broadcast }: Stage, lists: Lists): Promise<string[]> {
  const books = (await store.broadcasts.get(broadcast.id))?.books;
  if (!books) return ["there are no final books"];
  const { accepted, unknown, resolved, unresolvedAbout, open } = books;
  const unreached = resolved - accepted - unknown + unresolvedAbout;
  const said = { reached: accepted, unknown, open };
  const listed = { reached: lists.reached.length, unknown: lists.unknown.length, open: 0 };
  const agree = JSON.stringify(said) === JSON.stringify(listed) && unreached >= lists.unreached.length;
  return agree ? [] : [`the books are ${JSON.stringify(books)}, the lists ${JSON.stringify(listed)}`];
}
