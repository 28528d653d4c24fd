/** As RFC 9110 writes dates. `Date.parse` alone makes dates of almost anything, such as `-5`. */
const HTTP_DATE = /^[A-Z][a-z]+, .+ GMT$/;

/**
 * Retry-After is a number of seconds or a date (RFC 9110); anything else counts as absent. So does a date in an answer
 * that does not say when it was made: by our clock, an hour ahead of theirs, every wait would be over.
 * @param date of the same answer
 */
export function retryAfterMs(header: string | undefined, date: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const waitMs = timeOf(header) - timeOf(date ?? "");
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs);
}

function timeOf(date: string): number {
  return HTTP_DATE.test(date.trim()) ? Date.parse(date) : Number.NaN;
}
