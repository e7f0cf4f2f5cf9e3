/** Rosters in the contract's shapes. */
import type { Demographics } from '../../domain/patients/demographics.ts';
import type { RosterCandidate, RosterImport, RosterRow, RosterUndoing } from '../../domain/patients/roster-import.ts';
import type { PersonActor } from '../../domain/people/actor.ts';
import { decide } from '../../domain/sharing/access.ts';
import type { Roster, RosterCandidates, RosterDemographics, RosterLine } from '../contract/rosters.ts';
import { deskPatientAnswer } from '../links/answers.ts';

/** How many pairs there are would tell whoever sends a line whether somebody of that name is known elsewhere: it is the desk's to know. */
export function rosterAnswer(actor: PersonActor, roster: RosterImport, undoing: RosterUndoing | undefined = roster.undoing): Roster {
  const { id, facility, kind, charset, state, counts, read, applied, undone, kept } = roster;
  const atDesk = decide(actor, 'link.manage').allowed;
  return {
    id,
    facility: { code: facility.code, name: facility.name },
    kind,
    charset,
    state,
    counts: atDesk ? counts : { ...counts, candidates: null, shared: null },
    undoing: undoing === undefined ? null : { ...undoing, withdrawn: atDesk ? undoing.withdrawn : null },
    read: actAnswer(read),
    applied: applied === undefined ? null : actAnswer(applied),
    undone: undone === undefined ? null : actAnswer(undone),
    kept,
  };
}

function actAnswer({ at, by }: RosterImport['read']) {
  return { at: at.toISOString(), by };
}

export function rosterRowAnswer({ line, patientID, said, before, after, doubled, stays }: RosterRow): RosterLine {
  return {
    line,
    patientID,
    said: demographicsAnswer(said),
    before: before === undefined ? null : demographicsAnswer(before),
    after: after === undefined ? null : demographicsAnswer(after),
    doubled,
    stays: stays ?? null,
  };
}

export function rosterCandidateAnswer(candidate: RosterCandidate): RosterCandidates['candidates'][number] {
  const { line, patientID, said, other, score, reasons, alsoLines } = candidate;
  const names = { said: demographicsAnswer(said), other: deskPatientAnswer(other) };
  return { line, patientID, ...names, score, reasons: [...reasons], alsoLines: [...alsoLines] };
}

function demographicsAnswer({ name, birthDate, sex, contact: { postalCode, phone, insurance } }: Demographics): RosterDemographics {
  const { insurer = '', symbol = '', number = '', branch = '' } = insurance ?? {};
  return {
    patientName: name.value,
    patientBirthDate: birthDate,
    patientSex: sex,
    postalCode,
    phone,
    insurance: [insurer, symbol, number, branch].filter((part) => part !== '').join(' '),
  };
}
