/** A result for people: one line a member, and one for each of a list. */
export function lines(answer: Readonly<Record<string, unknown>>): string {
  return Object.entries(answer)
    .map(
      ([name, value]) => `${name}: ${Array.isArray(value) ? value.map((one) => `\n  ${inLine(one)}`).join('') || 'none' : inLine(value)}`,
    )
    .join('\n');
}

function inLine(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, one]) => `${name} ${typeof one === 'object' && one !== null ? JSON.stringify(one) : String(one)}`)
    .join(', ');
}
