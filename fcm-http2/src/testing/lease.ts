/** A lease, as its holder last renewed it. */
export function createLease() {
  let until = Number.POSITIVE_INFINITY;
  return {
    notAfter: () => until,
    lapse() {
      until = Number.NEGATIVE_INFINITY;
    },
    renew() {
      until = Number.POSITIVE_INFINITY;
    },
  };
}
