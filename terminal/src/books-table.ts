import type { Books } from "@fanfare/shared/domain/books";

/** The books as a person reads them: what adds up first, then what stands beside it. */
export function booksTable(books: Books, pruned: number): string {
  const rows: [string, number][] = [
    ["resolved", books.resolved],
    ["  accepted", books.accepted],
    ...Object.entries(books.rejected)
      .sort()
      .map(([code, count]): [string, number] => [`  rejected ${code}`, count]),
    ["  expired", books.expired],
    ["  cancelled", books.cancelled],
    ["  unknown", books.unknown],
    ["  open", books.open],
    ["possible repeats", books.possibleRepeats],
    ["pruned documents", pruned],
    ["documents without an address", books.withoutAddress],
    ["  with white space around it", books.spaced ?? 0],
    ["registered after the release", books.late],
    ["never resolved, about", books.unresolvedAbout],
  ];
  const shown = rows.filter(
    ([label, count]) => count > 0 || !label.match(/expired|cancelled|white|after|never/),
  );
  return shown.map(([label, count]) => `${label.padEnd(32)}${String(count).padStart(10)}`).join("\n");
}
