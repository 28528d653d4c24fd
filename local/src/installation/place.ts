import type { Store } from "@fanfare/shared/store";
import { unlessAborted } from "@fanfare/terminal/interrupt";
import type { Child } from "../child.ts";

/** Somewhere to run the pipeline: its store is open, its services are not started yet. */
export interface OpenInstallation {
  store: Store;
  /** Starts every service as a process of its own, with these settings beside those of the place. */
  startServices(settings: Record<string, string>): Promise<Services>;
}

export interface Services {
  /** Every process by a name that a person understands. */
  children: Record<string, Child>;
  /** The names of those that send. */
  senders: string[];
  /** Where messages are pushed to, by the service's name, and where functions are called, by theirs. */
  urls: Record<string, string>;
}

/** What a place needs of whoever opens it. */
export interface PlaceDeps {
  /** What is to be closed at the end, noted before it is opened. */
  closing: AsyncDisposableStack;
  /** Called when a process ends by itself, with its name. */
  onDeath: (reason: Error, name: string) => void;
  /** Gets each line that a process writes to standard error, which goes to ours otherwise. */
  onLog?: (line: string) => void;
  /** Options of Node's for a process, by its name, beside those that it has anyway. */
  nodeOptions?: (name: string) => string[];
  /** Says when nobody needs the place any more: what is still to start is not waited for. */
  signal?: AbortSignal;
}

/** Starts children, all at once, and notes that they are to be stopped. */
export async function startChildren(
  children: Record<string, Child>,
  { closing, signal }: PlaceDeps,
): Promise<Record<string, Child>> {
  closing.defer(() => stopChildren(children));
  const ready = Promise.all(Object.values(children).map((child) => child.start()));
  await (signal ? unlessAborted(ready, signal) : ready);
  return children;
}

/** Stops children, all at once: one that takes its time to drain holds up no other. */
export async function stopChildren(children: Record<string, Child>): Promise<void> {
  await Promise.all(Object.values(children).map((child) => child.stop()));
}
