/** Under what a patient is looked up: two descriptions that share no key are not compared. Pure. */
import { spelledBy } from './part-sounds.ts';
import type { DescribedPatient } from './same-person.ts';

/** What one patient can have: three of phone, birth date and insurance, and of at most six spellings of its name those below. */
export const BLOCK_KEYS_MAX = 48;
/** A key that more patients than this share tells nothing: a placeholder's birth date, a care home's phone. */
export const BLOCK_PATIENTS_MAX = 300;

/**
 * No two kinds of key meet. A slip in the name leaves the birth date, phone and insurance; a slip in the birth date leaves the name; both in one leave
 * half of either, or the name's other half with the address.
 */
export function blockKeys({ name, birthDate, postalCode, phone, insurance }: DescribedPatient): readonly string[] {
  const keys = new Set<string>();
  if (birthDate !== '') keys.add(`d${birthDate}`);
  if (phone !== '') keys.add(`p${phone}`);
  if (insurance !== undefined) keys.add(`i${insurance.insurer}/${insurance.symbol}/${insurance.number}`);
  for (const { family, given, whole } of [
    ...[...name.kana, ...name.latin].flatMap((spelled) => spelledBy(spelled, 'keys')),
    ...name.written,
  ]) {
    if (whole !== '') keys.add(`n${whole}`);
    if (family !== '' && given !== '') keys.add(`n${given}${family}`);
    if (birthDate !== '') {
      if (given !== '') keys.add(`y${birthDate.slice(0, 4)}${given}`).add(`m${birthDate.slice(4)}${given}`);
      if (family !== '') keys.add(`f${birthDate.slice(4)}${family}`);
    }
    if (postalCode !== '' && given !== '') keys.add(`z${postalCode}${given}`);
  }
  return [...keys].slice(0, BLOCK_KEYS_MAX);
}
