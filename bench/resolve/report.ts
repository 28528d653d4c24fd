import { median } from "../send/report.ts";
import type { Measured } from "./measure.ts";

/** By the number of registrations. */
type Sizes = Record<number, Measured>;

/** Of each store, where it was measured. */
export interface ResolveReport {
  fanfare: { firestoreReading: Sizes; firestoreWhole: Sizes; sqliteReading: Sizes; sqliteWhole: Sizes };
  /** Reading alone: it does nothing else. */
  getAll: { firestore: Sizes; sqlite: Sizes };
  /** CPU milliseconds of reading everything at once, for each that Fanfare's reading takes, at the largest size. */
  ratioToGetAll: number | null;
  /** Peak memory of Fanfare's resolver at the largest size, for each megabyte at the smallest; SQLite. */
  memoryRatio: number;
}

export type Results = Pick<ResolveReport, "fanfare" | "getAll">;

export function noResults(): Results {
  return {
    fanfare: { firestoreReading: {}, firestoreWhole: {}, sqliteReading: {}, sqliteWhole: {} },
    getAll: { firestore: {}, sqlite: {} },
  };
}

/** Each figure's median over the rounds, and of memory the most. */
export function summarize(rounds: readonly Measured[]): Measured {
  const of = (pick: (one: Measured) => number) => rounds.map(pick);
  return {
    cpuMsPer1000: round(median(of(({ cpuMsPer1000 }) => cpuMsPer1000))),
    perSecond: Math.round(median(of(({ perSecond }) => perSecond))),
    peakRssMb: Math.round(Math.max(...of(({ peakRssMb }) => peakRssMb))),
  };
}

export function reportOf({ fanfare, getAll }: Results): ResolveReport {
  const [ours, theirs] = [largest(fanfare.firestoreReading), largest(getAll.firestore)];
  const whole = Object.values(fanfare.sqliteWhole).map(({ peakRssMb }) => peakRssMb);
  return {
    fanfare,
    getAll,
    ratioToGetAll: ours && theirs ? round(theirs.cpuMsPer1000 / ours.cpuMsPer1000) : null,
    memoryRatio: round((whole.at(-1) ?? Number.NaN) / (whole[0] ?? Number.NaN)),
  };
}

const largest = (sizes: Sizes): Measured | undefined => Object.values(sizes).at(-1);
const round = (value: number) => Math.round(value * 100) / 100;

const ROWS: [name: string, of: (results: Results) => Sizes][] = [
  ["Firestore, get() of everything", ({ getAll }) => getAll.firestore],
  ["Firestore, Fanfare's reading alone", ({ fanfare }) => fanfare.firestoreReading],
  ["Firestore, Fanfare's resolver whole", ({ fanfare }) => fanfare.firestoreWhole],
  ["SQLite, all rows at once", ({ getAll }) => getAll.sqlite],
  ["SQLite, Fanfare's reading alone", ({ fanfare }) => fanfare.sqliteReading],
  ["SQLite, Fanfare's resolver whole", ({ fanfare }) => fanfare.sqliteWhole],
];

/** The report for a person. */
export function printReport(report: ResolveReport): void {
  const rows = ROWS.flatMap(([name, of]) =>
    Object.entries(of(report)).map(([size, { cpuMsPer1000, perSecond, peakRssMb }]) => [
      `${name}, ${size}`,
      { "CPU ms/1000": cpuMsPer1000, "registrations/s": perSecond, "peak MB": peakRssMb },
    ]),
  );
  console.table(Object.fromEntries(rows));
  if (report.ratioToGetAll !== null)
    console.log(`CPU milliseconds of get(), for each that Fanfare's reading takes: ${report.ratioToGetAll}`);
  console.log(
    `Peak memory of the resolver, from the smallest to the largest data file: ${report.memoryRatio}-fold`,
  );
}
