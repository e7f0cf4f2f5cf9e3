/**
 * For each patient of one facility (a roster, or one that is new) the persons who may be them. The patients are held, everybody known to the region passes by once: what
 * is kept grows with the roster, and no keys need to be stored. Pure.
 */
import { BLOCK_PATIENTS_MAX, blockKeys } from './block-keys.ts';
import { AUTOMATIC_BITS_MIN, type Comparison, comparePatients, type DescribedPatient, type MatchingPolicy } from './same-person.ts';

/** Persons proposed for one patient, the likeliest first. */
export const CANDIDATES_MAX = 5;
/** Another person this near makes a link a matter for a person. */
const RIVAL_BITS = 12;

/** A patient that the region knows, and the person it is. */
export interface KnownPatient<Ref> {
  readonly ref: Ref;
  readonly person: string;
  readonly patient: DescribedPatient;
}

export interface Candidate<Ref> extends Comparison {
  readonly known: KnownPatient<Ref>;
}

export class CandidateSearch<Ref> {
  readonly #patients: DescribedPatient[] = [];
  readonly #policy: MatchingPolicy;
  readonly #blocks = new Map<string, number[]>();
  /** By patient, then by person: the best of the person's patients. */
  readonly #found: Map<string, Candidate<Ref>>[] = [];
  /** Persons who are a patient of a facility that patients are looked for from: `facility person`. */
  readonly #here = new Set<string>();
  readonly #facilities = new Set<string>();

  constructor(patients: readonly DescribedPatient[], policy: MatchingPolicy) {
    this.#policy = policy;
    for (const patient of patients) this.add(patient);
  }

  /** Another one of whom persons are looked for, before anybody passes by: for who holds more than can be taken in at once. */
  add(patient: DescribedPatient): void {
    const at = this.#patients.push(patient) - 1;
    this.#found.push(new Map());
    this.#facilities.add(patient.facility);
    for (const key of blockKeys(patient)) {
      const block = this.#blocks.get(key);
      if (block === undefined) this.#blocks.set(key, [at]);
      // One more than the bound says that it was passed.
      else if (block.length <= BLOCK_PATIENTS_MAX) block.push(at);
    }
  }

  /** One that the region knows passes by. */
  offer(known: KnownPatient<Ref>): void {
    const { patient, person } = known;
    if (this.#facilities.has(patient.facility)) this.#here.add(`${patient.facility} ${person}`);
    const near = new Set<number>();
    for (const key of blockKeys(patient)) {
      const block = this.#blocks.get(key);
      if (block !== undefined && block.length <= BLOCK_PATIENTS_MAX) for (const at of block) near.add(at);
    }
    for (const at of near) this.#compare(at, known);
  }

  #compare(at: number, known: KnownPatient<Ref>): void {
    const patient = this.#patients[at] as DescribedPatient;
    if (patient.facility === known.patient.facility && patient.patientID === known.patient.patientID) return;
    const comparison = comparePatients(patient, known.patient, this.#policy);
    if (comparison.verdict === 'none') return;
    const found = this.#found[at] as Map<string, Candidate<Ref>>;
    if ((found.get(known.person)?.score ?? Number.NEGATIVE_INFINITY) >= comparison.score) return;
    found.set(known.person, { ...comparison, known });
    if (found.size > CANDIDATES_MAX) found.delete(least(found));
  }

  /** For each patient, in their order. Automatic only where one person alone is meant, by one patient alone of each facility. */
  candidates(): readonly (readonly Candidate<Ref>[])[] {
    const ranked = this.#found.map((found, at) =>
      withoutRivals(
        [...found.values()].sort((a, b) => b.score - a.score),
        (candidate) => this.#isHere(at, candidate),
      ),
    );
    const claims = new Map<string, number>();
    for (const { known, verdict } of ranked.flat())
      if (verdict === 'automatic-eligible') claims.set(known.person, (claims.get(known.person) ?? 0) + 1);
    return ranked.map((candidates) =>
      candidates.map((candidate) => ((claims.get(candidate.known.person) ?? 0) > 1 ? byHand(candidate) : candidate)),
    );
  }

  #isHere(at: number, { known }: Candidate<Ref>): boolean {
    return this.#here.has(`${this.#patients[at]?.facility} ${known.person}`);
  }
}

function least<Ref>(found: ReadonlyMap<string, Candidate<Ref>>): string {
  return [...found].reduce((low, each) => (each[1].score < low[1].score ? each : low))[0];
}

/** @param isHere the person is a patient of the same facility under another number already */
function withoutRivals<Ref>(ranked: readonly Candidate<Ref>[], isHere: (candidate: Candidate<Ref>) => boolean): readonly Candidate<Ref>[] {
  const [first, second] = ranked;
  const rival = first !== undefined && second !== undefined && second.score >= Math.min(first.score - RIVAL_BITS, AUTOMATIC_BITS_MIN);
  return ranked.map((candidate, rank) => (rank > 0 || rival || isHere(candidate) ? byHand(candidate) : candidate));
}

function byHand<Ref>(candidate: Candidate<Ref>): Candidate<Ref> {
  return candidate.verdict === 'automatic-eligible' ? { ...candidate, verdict: 'candidate' } : candidate;
}
