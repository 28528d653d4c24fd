import { createHash } from "node:crypto";

/**
 * Texts that stand in for addresses and tokens in a run's requests: whatever gets out is found by them, and they tell
 * which request it came with.
 */
export function createSecrets(seed: string) {
  const prefix = `fz${createHash("sha256").update(seed).digest("hex").slice(0, 10)}n`;
  const form = new RegExp(`${prefix}(\\d+)e`, "g");
  const hidden = [prefix, ...encoded(prefix)];
  return {
    of: (index: number) => `${prefix}${index}e:APA91b`,
    /** The requests whose secret is in a text. */
    find: (text: string): Set<number> =>
      new Set(Array.from(text.matchAll(form), ([, index]) => Number(index))),
    /** Whether any secret, or what a base64 of it is recognized by, is in a text. */
    isIn: (text: string): boolean => hidden.some((one) => text.includes(one)),
  };
}

export type Secrets = ReturnType<typeof createSecrets>;

/** What base64 makes of a text in the midst of others, wherever it begins: without the ends, which its neighbours change. */
function encoded(text: string): string[] {
  return [0, 1, 2].map((before) =>
    Buffer.from("x".repeat(before) + text)
      .toString("base64")
      .slice(before === 0 ? 0 : 4, -4),
  );
}
