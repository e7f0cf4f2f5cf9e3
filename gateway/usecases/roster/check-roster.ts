/** What a roster that was read means beside who is known: worked out beside everything else, so that nobody waits for it, and again after a restart. */
import type { Clock } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';
import type { PatientNo } from '../../domain/identifiers.ts';
import { CandidateSearch } from '../../domain/patients/candidates.ts';
import { planOf } from '../../domain/patients/demographics.ts';
import type { LineCandidate, RosterImport, RosterIndex } from '../../domain/patients/roster-import.ts';
import { describedPatient } from '../../domain/patients/same-person.ts';
import { contactOf, described, MATCHING_POLICY } from '../patients/propose-links.ts';
import { Turns } from './turns.ts';

/** Whoever compares a roster says so often; after this another process takes it for abandoned. */
export const ROSTER_CLAIM_MS = 60_000;
/** Patients between whom others have their turn. */
const COMPARED_A_TURN = 50;
type Rosters = Pick<RosterIndex, 'claim' | 'holdClaim' | 'plan' | 'stated' | 'known' | 'checked'>;

/** Compares one roster that waits for it. How many it took; 0: none waits, or others are at them. */
export async function checkRoster(
  { rosters, clock }: { readonly rosters: Rosters; readonly clock: Clock },
  signal?: AbortSignal,
): Promise<number> {
  const until = () => new Date(clock.now().getTime() + ROSTER_CLAIM_MS);
  const roster = await rosters.claim(clock.now(), until());
  if (roster === undefined) return 0;
  const { id } = roster;
  try {
    await rosters.plan(id, planOf);
    await rosters.checked(id, await candidatesFor(rosters, roster, () => rosters.holdClaim(id, until()), signal));
  } catch (thrown) {
    // Discarded meanwhile.
    if (thrown instanceof DomainError && thrown.kind === 'not-found') return 1;
    // Whoever comes next need not wait until the claim is over.
    await rosters.holdClaim(id, clock.now()).catch(() => {});
    throw thrown;
  }
  return 1;
}

async function candidatesFor(
  rosters: Rosters,
  { id, facility }: RosterImport,
  hold: () => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<readonly LineCandidate[]> {
  const lines: number[] = [];
  const turns = new Turns(COMPARED_A_TURN);
  const search = new CandidateSearch<PatientNo>([], MATCHING_POLICY);
  for await (const page of rosters.stated(id)) {
    for (const { line, patientID, name, birthDate, sex, contact } of page) {
      search.add(describedPatient({ facility: facility.id, patientID, name: name.folded, birthDate, sex, ...contactOf(contact) }));
      lines.push(line);
      await turns.pass();
    }
    signal?.throwIfAborted();
    await hold();
  }
  if (lines.length === 0) return [];
  for await (const page of rosters.known()) {
    for (const known of page) {
      search.offer({ ref: known.no, person: known.personId, patient: described(known) });
      await turns.pass();
    }
    signal?.throwIfAborted();
    await hold();
  }
  return foundFor(lines, search);
}

function foundFor(lines: readonly number[], search: CandidateSearch<PatientNo>): readonly LineCandidate[] {
  return search.candidates().flatMap((candidates, at) =>
    candidates.map(({ known, score, reasons }) => ({
      line: lines[at] as number,
      other: known.ref,
      score,
      reasons: reasons.map(({ code }) => code),
    })),
  );
}
