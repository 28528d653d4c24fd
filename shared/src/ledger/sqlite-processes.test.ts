import { afterEach, beforeEach, expect, test } from "vitest";
import { type Child, startChild } from "../testing/child.ts";
import { START } from "../testing/clock.ts";
import { createDataFile, type DataFile } from "../testing/data-file.ts";
import { makeMembers } from "../testing/records.ts";
import { BROADCAST, chunkOf, plan, ROOT } from "./contract/steps.ts";
import { createSqliteLedger } from "./sqlite.ts";
import { LEDGER_TIMING } from "./timing.ts";

const imports = `
import { openDatabase } from "${new URL("../sqlite/database.ts", import.meta.url)}";
import { createSqliteLedger } from "${new URL("./sqlite.ts", import.meta.url)}";
import { LEDGER_TIMING } from "${new URL("./timing.ts", import.meta.url)}";
import { makeMembers } from "${new URL("../testing/records.ts", import.meta.url)}";
const args = JSON.parse(process.argv[1]);
const database = openDatabase(args.file);
const ledger = createSqliteLedger(database, LEDGER_TIMING, () => args.now);
`;

/** Tries to claim every chunk listed, and tells which it got. */
const claimer = `${imports}
process.once("message", async () => {
  const won = [];
  for (const id of args.ids) {
    if ((await ledger.claimChunk(id, "repeat")).kind === "claimed") won.push(id);
  }
  process.send(won);
  database.close();
  process.disconnect();
});
process.send("ready");
`;

const CHUNKS = 3;
const SIZE = 5;

/** Reads on from the range's cursor for ever, and works on the chunks it makes; tells after each page how many. */
const writer = `${imports}
const { epoch, range } = await ledger.claimRange(args.root);
let { cursor, made } = range;
for (;;) {
  const first = made * ${SIZE};
  const chunks = Array.from({ length: ${CHUNKS} }, (_, index) => makeMembers(${SIZE}, first + index * ${SIZE}));
  const next = "cursor-" + (first + ${CHUNKS * SIZE});
  const counts = { read: ${CHUNKS * SIZE}, withoutAddress: 0, late: 1 };
  const page = { from: cursor, cursor: next, chunks, counts, published: made };
  if ((await ledger.addPage(args.root, epoch, page)) !== "done") throw new Error("the page was not written");
  const ids = chunks.map((_, index) => args.root + "." + String(made + index).padStart(6, "0"));
  const claims = [];
  for (const id of ids) claims.push(await ledger.claimChunk(id, "repeat"));
  const progress = { open: [], unsure: [], maybe: [], outcomes: { 0: "unknown" } };
  await ledger.settleChunk(ids[0], claims[0].epoch, progress);
  await ledger.releaseChunk(ids[1], claims[1].epoch, { ...progress, open: [2, 3] }, 10_000);
  cursor = next;
  made += ${CHUNKS};
  process.send(made);
}
`;

let data: DataFile;
let children: Child[];
beforeEach(() => {
  data = createDataFile();
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill();
  await Promise.all(children.map((child) => child.ended));
  await data.close();
});

function start(code: string, args: object): Child {
  const child = startChild(code, { file: data.file, now: START, ...args });
  children.push(child);
  return child;
}

test("four processes after the same 200 chunks claim each of them once", async () => {
  await plan(
    createSqliteLedger(data.database, LEDGER_TIMING, () => START),
    Array(200).fill(2),
  );
  const ids = Array.from({ length: 200 }, (_, index) => chunkOf(index));
  const rivals = [0, 1, 2, 3].map(() => start(claimer, { ids }));
  await Promise.all(rivals.map((rival) => rival.told(1)));
  for (const rival of rivals) rival.send("go");
  const won = (await Promise.all(rivals.map((rival) => rival.told(2)))).map(([, list]) => list as string[]);
  expect(won.flat().sort()).toEqual(ids);
  const epochs = data.database.sql("SELECT epoch, count(*) AS n FROM chunks GROUP BY 1").all();
  expect(epochs).toEqual([{ epoch: 1, n: 200 }]);
});

test("kill -9 of a writer leaves whole pages, and the next goes on from them", async () => {
  const { database } = data;
  let lease = START;
  let known = 0;
  await createSqliteLedger(database, LEDGER_TIMING, () => START).openRoot(BROADCAST);
  for (const pages of [1, 7, 2, 12, 4]) {
    const child = start(writer, { root: ROOT, now: lease });
    await child.told(pages);
    child.kill();
    expect(await child.ended).toBe("SIGKILL");
    const told = (await child.told(pages)).at(-1) as number;
    lease += LEDGER_TIMING.leaseMs;
    const ledger = createSqliteLedger(database, LEDGER_TIMING, () => lease);

    expect(database.sql("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
    const [range] = await ledger.ranges(BROADCAST);
    const made = range?.made ?? 0;
    expect(made).toBeGreaterThanOrEqual(Math.max(told, known + pages * CHUNKS));
    expect(made % CHUNKS).toBe(0);
    expect(range?.cursor).toBe(`cursor-${made * SIZE}`);
    expect(range?.counts).toEqual({ read: made * SIZE, withoutAddress: 0, late: made / CHUNKS });
    const chunks = await Array.fromAsync(ledger.chunks(BROADCAST));
    expect(chunks.map(({ id }) => id)).toEqual(Array.from({ length: made }, (_, index) => chunkOf(index)));
    expect(chunks.flatMap(({ members }) => members)).toEqual(makeMembers(made * SIZE));
    const books = await ledger.books(BROADCAST);
    const { resolved, accepted, unknown, open, possibleRepeats } = books;
    expect(accepted + unknown + open).toBe(made * SIZE);
    expect(await ledger.standing(BROADCAST)).toMatchObject({
      resolved,
      accepted,
      unknown,
      open,
      possibleRepeats,
    });
    known = made;
  }
});
