import { type Books, sum } from "./books.ts";
import { type Broadcast, isFinished } from "./broadcast.ts";

/** What is written back to a document: the fields and texts that FlutterFlow's console knows. */
export interface DocumentAnswer {
  status: "succeeded" | "failed";
  num_sent?: number | undefined;
  error?: string | undefined;
}

/** The answer to each document of a broadcast that has finished. What FCM accepted is spread over them. */
export function answersOf(broadcast: Broadcast): DocumentAnswer[] {
  const { documents, phase, books } = broadcast;
  if (!books || !isFinished(phase)) throw new Error(`${broadcast.id} has not finished`);
  const count = documents?.length ?? 0;
  const error = reasonOf(broadcast, books);
  return Array.from({ length: count }, (_, index) => ({
    status: phase === "succeeded" ? "succeeded" : "failed",
    num_sent: Math.floor(books.accepted / count) + (index < books.accepted % count ? 1 : 0),
    ...(error !== undefined && { error }),
  }));
}

/** Why it did not succeed; undefined where it did. */
function reasonOf(
  { phase, gates, fault }: Broadcast,
  { rejected, expired, unknown }: Books,
): string | undefined {
  if (phase === "succeeded") return undefined;
  if (phase === "cancelled") return `cancelled by ${gates.cancelled?.by}${fault ? `: ${fault}` : ""}`;
  const ends = { ...rejected, ...(expired > 0 && { expired }), ...(unknown > 0 && { unknown }) };
  const counts = Object.entries(ends).map(([code, count]) => `${count} ${code}`);
  return `${fault ?? "it failed"}${counts.length > 0 ? ` (${counts.join(", ")})` : ""}`;
}

/** Why the numbers of a broadcast may differ from those of the functions that FlutterFlow generates. */
export function differencesFrom({ audience, books }: Pick<Broadcast, "audience" | "books">): string[] {
  const { platforms, users } = audience;
  const { withoutAddress = 0, late = 0, rejected = {} } = books ?? {};
  const refused = sum(rejected);
  const notes = [
    platforms &&
      users &&
      "target_audience and user_refs are both set: only devices that both admit are sent to",
    platforms?.includes("android") &&
      !users &&
      "only Android devices are sent to, where older functions sent to all",
    withoutAddress > 0 && `${withoutAddress} token documents hold no address, and are passed over`,
    late > 0 && `${late} devices were registered after the document was written`,
    refused > 0 && `FCM refuses ${refused} addresses`,
    "a device whose address is registered several times is sent to once",
  ];
  return notes.filter((note) => typeof note === "string");
}
