import { onInterrupt, unlessAborted } from "@fanfare/terminal/interrupt";
import { showProgress } from "@fanfare/terminal/progress";
import { measureReading, measureResolving } from "./resolve/contenders.ts";
import {
  noResults,
  printReport,
  type ResolveReport,
  type Results,
  reportOf,
  summarize,
} from "./resolve/report.ts";
import { openEmulators, openFolder, type Seeded, seedFirestore, seedSqlite } from "./resolve/stage.ts";
import { checkCores } from "./send/pinned.ts";

export interface ResolveOptions {
  json: boolean;
  /** Measured rounds of each reading; the median counts. Resolving is measured once. */
  rounds: number;
  /** Registrations, from few to many. */
  sizes?: { firestore: readonly number[]; sqlite: readonly number[] };
}

const SIZES = { firestore: [20_000, 200_000], sqlite: [200_000, 1_000_000] };

/**
 * Measures Fanfare's resolver, and its reading alone, beside reading everything at once as FlutterFlow's function does:
 * processor time, rate and memory. Each in a process of its own on one core; the emulators have what is left.
 * @throws ConfigError where this machine has no two cores to give
 */
export async function resolve({ json, rounds, sizes = SIZES }: ResolveOptions): Promise<ResolveReport> {
  checkCores();
  await using closing = new AsyncDisposableStack();
  const ending = new AbortController();
  onInterrupt((reason) => ending.abort(reason));
  const results = await unlessAborted(measureAll(rounds, sizes, closing), ending.signal);
  const report = reportOf(results);
  if (!json) printReport(report);
  return report;
}

async function measureAll(
  rounds: number,
  sizes: NonNullable<ResolveOptions["sizes"]>,
  closing: AsyncDisposableStack,
): Promise<Results> {
  const results = noResults();
  const { fanfare, getAll } = results;
  const onFirestore = sizes.firestore.length > 0 && (await openEmulators(closing));
  for (const size of onFirestore ? sizes.firestore : []) {
    const into = [getAll.firestore, fanfare.firestoreReading, fanfare.firestoreWhole] as const;
    await compare(await seedFirestore(size), size, rounds, into, closing);
  }
  const folder = await openFolder(closing);
  for (const size of sizes.sqlite) {
    const into = [getAll.sqlite, fanfare.sqliteReading, fanfare.sqliteWhole] as const;
    await compare(await seedSqlite(folder, size), size, rounds, into, closing);
  }
  return results;
}

type Sizes = Results["getAll"]["sqlite"];

async function compare(
  seeded: Seeded,
  size: number,
  rounds: number,
  [getAll, reading, whole]: readonly [Sizes, Sizes, Sizes],
  closing: AsyncDisposableStack,
): Promise<void> {
  const progress = showProgress(`measuring ${seeded.place.store}, ${size} registrations`, 3, "ways");
  /** What one way opens goes before the next begins, or with everything. */
  async function within<T>(work: (own: AsyncDisposableStack) => Promise<T>): Promise<T> {
    await using own = closing.use(new AsyncDisposableStack());
    return await work(own);
  }
  getAll[size] = summarize(await within((own) => measureReading("get-all", seeded, rounds, own)));
  progress.update(1);
  reading[size] = summarize(await within((own) => measureReading("fanfare", seeded, rounds, own)));
  progress.update(2);
  whole[size] = summarize([await within((own) => measureResolving(seeded, own))]);
  progress.update(3);
  progress.end();
}
