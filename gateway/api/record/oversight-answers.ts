/** What is asked of the record as a whole, in the contract's shapes. */
import type { reportBreach } from '../../usecases/oversight/report-breach.ts';
import type { Look as Looked } from '../../usecases/oversight/who-looked.ts';
import type { BreachReport, Look } from '../contract/oversight.ts';
import type { Names } from './answers.ts';

export function lookAnswer(look: Looked, names: Names): Look {
  const { userId, system, job, facilityCode, right, seconds } = look;
  return {
    day: look.day,
    firstAt: look.firstAt.toISOString(),
    lastAt: look.lastAt.toISOString(),
    who: userId === undefined ? (system ?? null) : (names.person(userId) ?? null),
    job: job ?? null,
    facility: facilityCode === undefined ? null : (names.facility(facilityCode) ?? facilityCode),
    own: look.own,
    right: right ?? null,
    studies: look.studies,
    taken: look.taken,
    seconds: seconds ?? null,
  };
}

export function breachAnswer({ report, notices, account }: Awaited<ReturnType<typeof reportBreach>>, names: Names): BreachReport {
  const { userId: _user, facilities, ...told } = report;
  return {
    ...told,
    account,
    from: report.from.toISOString(),
    to: report.to.toISOString(),
    addresses: report.addresses.map((address) => ({ ...address })),
    facilities: facilities.map(({ affected, ...facility }) => ({
      ...facility,
      name: names.facility(facility.code) ?? facility.code,
      affected: affected.map(({ patientID, studies, firstAt, lastAt, ...patient }) => ({
        ...patient,
        patientID: patientID ?? null,
        studies: [...studies],
        firstAt: firstAt.toISOString(),
        lastAt: lastAt.toISOString(),
      })),
      notice: noticeOf(notices.facilities.find(({ code }) => code === facility.code)),
    })),
    authorityNotice: noticeOf(notices.authority),
  };
}

function noticeOf(notice: { readonly ja: string; readonly en: string } | undefined): { ja: string; en: string } {
  return { ja: notice?.ja ?? '', en: notice?.en ?? '' };
}
