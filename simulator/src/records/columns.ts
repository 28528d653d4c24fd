const FIRST_CAPACITY = 1024;

/**
 * A table of 32-bit integers that grows: millions of rows without an object each. Row 0 is never given out,
 * so that 0 can stand for "none" in a column that points to rows.
 */
export function createColumns<Name extends string>(...names: Name[]) {
  const columns = {} as Record<Name, Int32Array>;
  for (const name of names) columns[name] = new Int32Array(FIRST_CAPACITY);
  let capacity = FIRST_CAPACITY;
  let rows = 1;

  function grow(): void {
    capacity *= 2;
    for (const name of names) {
      const larger = new Int32Array(capacity);
      larger.set(columns[name]);
      columns[name] = larger;
    }
  }

  return {
    /** Adds a row of zeros and returns its number. */
    add(): number {
      if (rows === capacity) grow();
      return rows++;
    },
    get(name: Name, row: number): number {
      return columns[name][row] ?? 0;
    },
    set(name: Name, row: number, value: number): void {
      columns[name][row] = value;
    },
    /** Adds 1 and returns the new value. */
    increment(name: Name, row: number): number {
      const value = (columns[name][row] ?? 0) + 1;
      columns[name][row] = value;
      return value;
    },
  };
}
