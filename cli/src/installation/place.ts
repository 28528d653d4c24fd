import type { Store } from "@fanfare/shared/runtime/store";
import type { Child } from "../child.ts";

/** Somewhere to run the pipeline: its store is open, its services are not started yet. */
export interface Place {
  store: Store;
  /** Starts every service as a process of its own, with these settings beside those of the place. */
  startServices(settings: Record<string, string>): Promise<Services>;
}

export interface Services {
  /** Every process by a name that a person understands. */
  children: Record<string, Child>;
  /** The names of those that send. */
  senders: string[];
}

/** What a place needs of whoever opens it. */
export interface PlaceDeps {
  /** What is to be closed at the end, noted before it is opened. */
  closing: AsyncDisposableStack;
  /** Called when a process ends by itself: the run cannot go on then. */
  onDeath: (reason: Error) => void;
}

/** Starts children, all at once, and notes that they are to be stopped. */
export async function startChildren(
  children: Record<string, Child>,
  { closing }: PlaceDeps,
): Promise<Record<string, Child>> {
  for (const child of Object.values(children)) closing.defer(child.stop);
  await Promise.all(Object.values(children).map((child) => child.start()));
  return children;
}
