import type { PatientNo } from '../identifiers.ts';

/** Who is one person by these links, over others too: groups in the order of their first patient, each in the order given. */
export function joinedBy(patients: readonly PatientNo[], links: readonly (readonly [PatientNo, PatientNo])[]): readonly PatientNo[][] {
  const groups = new Map<PatientNo, PatientNo[]>(patients.map((patient) => [patient, [patient]]));
  for (const [a, b] of links) {
    const [into, from] = [groups.get(a), groups.get(b)];
    if (into === undefined || from === undefined || into === from) continue;
    into.push(...from);
    for (const patient of from) groups.set(patient, into);
  }
  const place = new Map(patients.map((patient, n) => [patient, n]));
  const inOrder = (a: PatientNo, b: PatientNo) => (place.get(a) ?? 0) - (place.get(b) ?? 0);
  return [...new Set(patients.map((patient) => groups.get(patient) ?? []))].map((group) => group.toSorted(inOrder));
}
