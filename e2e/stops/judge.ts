import { fanfare } from "@fanfare/cli/testing/fanfare";
import type { Books } from "@fanfare/shared/domain/books";
import type { LogLine } from "@fanfare/simulator";
import type { Stage } from "./stage.ts";
import type { Stopped } from "./stop.ts";

const LISTS = ["reached", "unreached", "unknown"] as const;
type List = (typeof LISTS)[number];

/** Differences shown, at most. */
const SHOWN = 10;

/** What the lists and the books of a stopped broadcast say that is not so, in words without addresses. */
export async function judge(stage: Stage, { sent, afterwards }: Stopped): Promise<string[]> {
  const lists = await readLists(stage);
  const log = new Map<string, LogLine>();
  for await (const line of stage.simulator.log()) log.set(line.address, line);
  const { books = null } = (await stage.store.broadcasts.get(stage.broadcast.id)) ?? {};
  const found = [
    ...checkStop({ sent, afterwards }),
    ...checkLists(stage.audience, lists, log),
    ...(books ? checkBooks(books, lists) : ["there are no final books"]),
  ];
  return found.slice(0, SHOWN);
}

/** A message may have been begun before the stop and its body follow after it: that went out too late as well. */
export function checkStop({ sent, afterwards }: Stopped): string[] {
  const begun = afterwards.begun - sent.begun;
  const whole = afterwards.attempts - sent.attempts;
  return [
    ...(begun === 0 ? [] : [`${begun} messages were begun after the stop was acknowledged`]),
    ...(whole === 0 ? [] : [`${whole} messages were sent after the stop was acknowledged`]),
  ];
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

/** Together they are the audience, nobody is on two of them, and each is on the one that FCM's log says. */
export function checkLists(
  audience: Stage["audience"],
  lists: Lists,
  log: ReadonlyMap<string, Pick<LogLine, "accepted" | "answers">>,
): string[] {
  const listed = LISTS.flatMap((list) => lists[list]);
  const once = new Set(listed);
  const missing = audience.filter(({ address }) => !once.has(address)).length;
  const strangers = once.size - (audience.length - missing);
  const twice = listed.length - once.size;
  return [
    ...(twice === 0 ? [] : [`${twice} addresses are listed twice`]),
    ...(missing === 0 ? [] : [`${missing} addresses of the audience are on no list`]),
    ...(strangers === 0 ? [] : [`${strangers} addresses are listed that are not of the audience`]),
    ...LISTS.flatMap((list) => lists[list].flatMap((address) => checkMember(list, log.get(address)))),
  ];
}

function checkMember(list: List, line: Pick<LogLine, "accepted" | "answers"> | undefined): string[] {
  const accepted = line?.accepted ?? 0;
  const agrees = list === "unknown" || (list === "reached") === accepted > 0;
  return agrees ? [] : [`one is ${list}, and FCM saw ${line?.answers.join(" ") ?? "nothing"}`];
}

/** Who was never resolved is on a list, too, and the books only know about how many those are. */
export function checkBooks(books: Books, lists: Lists): string[] {
  const { accepted, unknown, resolved, unresolvedAbout, open } = books;
  const said = { reached: accepted, unknown, open };
  const listed = { reached: lists.reached.length, unknown: lists.unknown.length, open: 0 };
  const members = resolved - accepted - unknown;
  const agree =
    JSON.stringify(said) === JSON.stringify(listed) &&
    lists.unreached.length >= members &&
    lists.unreached.length <= members + unresolvedAbout;
  return agree ? [] : [`the books are ${JSON.stringify(books)}, the lists ${JSON.stringify(listed)}`];
}
