/** Draws from numbers from 0 to 1 (exclusive). */
export function createChance(random: () => number) {
  const between = (least: number, most: number) =>
    least + Math.floor(random() * (Math.floor(most) - least + 1));
  return {
    random,
    /** Whether something of this probability happens. */
    is: (probability: number) => random() < probability,
    upTo: (most: number) => random() * most,
    /** A whole number, both bounds included. */
    between,
    /** The same, small ones more often. */
    small: (least: number, most: number) => least + Math.floor(random() ** 1.5 * (most - least + 1)),
    pick<T>(choices: readonly T[]): T {
      const choice = choices[Math.floor(random() * choices.length)];
      if (choice === undefined && choices.length === 0) throw new RangeError("nothing to pick from");
      return choice as T;
    },
    /** From `least` to `most`, each made by its own draws. */
    many: <T>(least: number, most: number, make: () => T): T[] =>
      Array.from({ length: between(least, most) }, make),
  };
}

export type Chance = ReturnType<typeof createChance>;
