import type { Clock } from '../domain/clock.ts';
import { asDomainError, DomainError } from '../domain/errors.ts';
import type { StudyInstanceUID } from '../domain/identifiers.ts';
import type { StudyIndex } from '../domain/imaging/study-index.ts';
import type { SystemActor } from '../domain/people/actor.ts';
import type { PeopleIndex } from '../domain/people/people-index.ts';
import type { AuditLog } from '../domain/record/audit-log.ts';
import { endOfDay } from '../domain/region-days.ts';
import type { ShareIndex } from '../domain/sharing/share.ts';
import { createStudyAccess } from '../usecases/access/see-study.ts';
import { shareStudy } from '../usecases/share/share-study.ts';
import type { Command } from './command-line.ts';

export interface ShareStores {
  readonly people: Pick<PeopleIndex, 'facilityByCode' | 'credentials' | 'staffOf' | 'userById'>;
  readonly studies: Pick<StudyIndex, 'study' | 'seriesOf'>;
  readonly shares: Pick<ShareIndex, 'share'>;
  readonly audit: Pick<AuditLog, 'append'>;
  readonly clock: Clock;
  /** In which a day ends. */
  readonly timeZone: string;
}

/** Shares one study in its owner's name. On record as the command line's. @throws not-found, conflict, invalid */
export async function runShareCommand(
  stores: ShareStores,
  { study: uid, from, to, until }: Extract<Command, { readonly name: 'share' }>,
): Promise<Readonly<Record<string, unknown>>> {
  const { people, timeZone } = stores;
  const owner = await people.facilityByCode(from);
  if (owner === undefined) throw new DomainError('not-found', `no facility has the code ${from}`);
  const facility = { id: owner.id, code: owner.code };
  const actor: SystemActor = { kind: 'system', facility, remoteAddress: 'command line', through: 'command' };
  const access = createStudyAccess(stores);
  const seen = await access.see(actor, 'study.share', { studyInstanceUID: uid as StudyInstanceUID }).catch((thrown: unknown) => {
    const { kind } = asDomainError(thrown);
    if (kind === 'not-found' || kind === 'denied') throw new DomainError('not-found', `${from} owns no study with the UID ${uid}`);
    throw thrown;
  });
  if (seen.study.besides > 0)
    throw new DomainError(
      'conflict',
      'several studies go by that UID: share the one that is meant in the viewer, where they are told apart',
    );
  const share = await shareStudy({ ...stores, access }, { actor }, seen, {
    toFacilityCode: to,
    until: endOfDay(until, timeZone),
  });
  return { share: share.id, study: uid, from, to: share.to.code, until: share.until.toISOString() };
}
