/** What the list of patients is searched for, as it stands in the address. */
export interface PatientSearch {
  readonly q?: string;
}

const SEARCH_CHARS_MAX = 200;

export function parsePatientSearch(search: Record<string, unknown>): PatientSearch {
  const { q } = search;
  const text = typeof q === 'string' || typeof q === 'number' ? String(q).slice(0, SEARCH_CHARS_MAX) : '';
  return text === '' ? {} : { q: text };
}
