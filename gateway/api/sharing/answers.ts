/** Shares in the contract's shapes. */
import { nameInLatin } from '../../domain/people/romaji.ts';
import type { Share as Given } from '../../domain/sharing/share.ts';
import type { Receivers } from '../../usecases/share/find-receivers.ts';
import type { RecordEntry } from '../contract/record.ts';
import type { Disclosure, ReceiverList, Share } from '../contract/sharing.ts';

export function shareAnswer(share: Given): Share {
  return {
    id: share.id,
    facility: { code: share.to.code, name: share.to.name },
    toJob: share.toJob ?? null,
    toPerson: share.toPerson === undefined ? null : { name: share.toPerson.name, romaji: nameInLatin(share.toPerson) },
    notBefore: share.notBefore?.toISOString() ?? null,
    until: share.until.toISOString(),
    mayDownload: share.mayDownload,
    heldBack: [...share.heldBack],
    createdAt: share.createdAt.toISOString(),
    createdBy: share.createdBy?.name ?? null,
    createdByRomaji: share.createdBy === undefined ? null : nameInLatin(share.createdBy),
    revokedAt: share.revokedAt?.toISOString() ?? null,
  };
}

/** No address: who is told a name here may give something to them, and nothing else. */
export function receiversAnswer({ jobs, people }: Receivers): ReceiverList {
  const named = people.map((user) => ({
    id: user.id,
    name: user.name,
    nameKana: user.nameKana,
    nameRomaji: nameInLatin(user),
    job: user.job,
  }));
  return { jobs: [...jobs], people: named };
}

/** Of what the record says, what concerns the study alone. */
export function disclosureAnswer({ studyInstanceUID: _study, ownerFacility: _owner, about, ...told }: RecordEntry): Disclosure {
  const { user, job, until, notBefore, viewOnly, heldBack } = about;
  return {
    ...told,
    about: {
      ...(user === undefined ? {} : { user }),
      ...(job === undefined ? {} : { job }),
      ...(until === undefined ? {} : { until }),
      ...(notBefore === undefined ? {} : { notBefore }),
      ...(viewOnly === undefined ? {} : { viewOnly }),
      ...(heldBack === undefined ? {} : { heldBack }),
    },
  };
}
