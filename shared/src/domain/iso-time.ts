const EXAMPLE = "2027-01-31T18:00:00+01:00";

/** What is said of a value that does not resemble a time. */
export const NOT_A_TIME = `must be a date and time with its zone, such as ${EXAMPLE}`;

/** RFC 3339, which lets a space stand for the T, and as most write it, seconds may be left out. */
const ISO_TIME =
  /^(\d{4}-\d\d-\d\d)[T ]((?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?)(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?$/;
const ISO_DAY = /^\d{4}-\d\d-\d\d(?!\d)/;
const DAY_OR_MONTH_FIRST = /^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}(?!\d)/;

/** A time that came as text, in milliseconds since 1970, or what is wrong with the text. */
export type IsoTime = { kind: "time"; ms: number } | { kind: "fault"; message: string };

/**
 * Reads a time as every door takes it: an ISO date and time with its zone. `Date.parse` alone makes 2 March of
 * 30 February, reads 2/1 as the American 1 February, and lets the server's zone decide where none is given.
 */
export function readIsoTime(text: string): IsoTime {
  const fault = (message: string): IsoTime => ({ kind: "fault", message });
  const [day] = ISO_DAY.exec(text) ?? [];
  if (day !== undefined && !isDay(day)) return fault(`names a day that does not exist: ${day}`);
  if (DAY_OR_MONTH_FIRST.test(text))
    return fault(`begins with the day or the month: write the year first, such as ${EXAMPLE}`);
  const [, date, clock, zone] = ISO_TIME.exec(text) ?? [];
  if (date === undefined) return fault(NOT_A_TIME);
  if (zone === undefined) return fault("has no zone, such as Z or +01:00");
  return { kind: "time", ms: Date.parse(`${date}T${clock}${zone}`) };
}

/** Whether the calendar has the day. `Date` makes one of the next month of a day that its month does not have. */
function isDay(day: string): boolean {
  const date = new Date(`${day}T00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}
