/** Several choices out of one number, so that a run is a list of numbers. */
export function draw(number: number) {
  let rest = number;

  function below(count: number): number {
    const drawn = rest % count;
    rest = Math.floor(rest / count);
    return drawn;
  }

  return {
    below,
    /** One of these; nothing where there are none. */
    of: <T>(items: readonly T[]): T | undefined =>
      items.length > 0 ? items[below(items.length)] : undefined,
  };
}

export type Draw = ReturnType<typeof draw>;
