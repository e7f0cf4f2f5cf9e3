/** One character more, less, other, or two neighbours swapped. */
export function withinOneSlip(one: string, other: string): boolean {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  if (long.length - short.length > 1) return false;
  let first = 0;
  while (first < short.length && short[first] === long[first]) first++;
  let last = 0;
  while (last < short.length - first && short[short.length - 1 - last] === long[long.length - 1 - last]) last++;
  const [fromShort, fromLong] = [short.slice(first, short.length - last), long.slice(first, long.length - last)];
  if (fromLong.length <= 1) return true;
  return fromLong.length === 2 && fromShort.length === 2 && fromShort[0] === fromLong[1] && fromShort[1] === fromLong[0];
}
