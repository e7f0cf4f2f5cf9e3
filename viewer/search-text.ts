/**
 * Search text in the address: every value is plain text (`?q=…&layout=2x2`), so that links can be written by hand and a patient ID of
 * digits stays text.
 */
export function parseSearch(text: string): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, value] of new URLSearchParams(text)) values[name] = value === 'true' ? true : value;
  return values;
}
export function stringifySearch(values: Record<string, unknown>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined && value !== '') params.set(name, String(value));
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}
