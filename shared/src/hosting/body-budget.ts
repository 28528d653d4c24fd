import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Collects garbage now. Of a large body there are its bytes, its text and what is parsed of it; V8 would leave all that
 * while it reads the next ones, up to a bound on its heap alone, and an instance of 256 MB would be killed.
 */
setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** A body from this length on is worth a collection, which takes some tens of milliseconds. In bytes. */
const LARGE = 1024 * 1024;

/** Bodies that one process holds at once, in bytes: parsed, they take several times as much of a small instance. */
const MAX_IN_HAND = 16 * 1024 * 1024;

/** Lets bodies in while their lengths together stay within a bound. The others wait for their turn, unread. */
export function createBodyBudget(total: number = MAX_IN_HAND) {
  const waiting: { bytes: number; begin: () => void }[] = [];
  let left = total;

  function admit(): void {
    for (let next = waiting[0]; next && next.bytes <= left; next = waiting[0]) {
      waiting.shift();
      left -= next.bytes;
      next.begin();
    }
  }

  return {
    /** Resolves when `bytes` bytes may be read, with the function that gives them back. */
    async take(bytes: number): Promise<() => void> {
      const share = Math.min(bytes, total);
      const turn = Promise.withResolvers<void>();
      waiting.push({ bytes: share, begin: turn.resolve });
      admit();
      await turn.promise;
      if (share >= LARGE) collectGarbage();
      return () => {
        left += share;
        admit();
      };
    },
  };
}
