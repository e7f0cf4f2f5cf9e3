/** A letter goes out: its receiver may read it, and sees the studies that are bound to it. */
import { type Clock, DAY_MS } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';
import type { LetterId, StudyId } from '../../domain/identifiers.ts';
import type { StudyIndex } from '../../domain/imaging/study-index.ts';
import type { AuditEntry } from '../../domain/record/audit.ts';
import type { Letter, LetterIndex, LetterStudy } from '../../domain/referral/letter.ts';
import { LETTER_GRANT_DAYS, missingIn } from '../../domain/referral/letter-content.ts';
import { nextState } from '../../domain/referral/letter-states.ts';
import { decideGift } from '../../domain/sharing/access.ts';
import { refused } from '../access/demand.ts';
import type { StudyAccess } from '../access/see-study.ts';
import { act, type LetterAsked, letterEntry, proven, statedMarks, toWhom, whatLetter, whatStudy } from './letter-entries.ts';

interface Stores {
  readonly letters: Pick<LetterIndex, 'letter' | 'send'>;
  readonly access: Pick<StudyAccess, 'see' | 'forget'>;
  readonly studies: Pick<StudyIndex, 'instancesOf'>;
  readonly clock: Clock;
}

/**
 * @throws not-found; denied for a study that the sender may not give; invalid when something is missing or a study is of another patient by now; conflict when it was
 * sent or changed meanwhile, or what it replies to was recalled
 */
export async function sendLetter(stores: Stores, asked: LetterAsked, id: LetterId, revision: number): Promise<Letter> {
  const { letters, access, clock } = stores;
  const { actor, facility } = asked;
  const draft = await letters.letter(facility.id, id);
  if (draft === undefined || draft.from.id !== facility.id)
    throw new DomainError('not-found', 'there is no such letter', { ids: { reason: 'letter' } });
  if (nextState(draft.state, 'send', 'sender') === undefined)
    throw new DomainError('conflict', 'it was sent', { ids: { reason: 'letter-state' } });
  const missing = [...(draft.to === undefined ? ['to'] : []), ...missingIn(draft.content, draft.kind, draft.files.length)];
  if (missing[0] !== undefined)
    throw new DomainError('invalid', 'something is missing', { ids: { reason: 'letter-missing', value: missing[0] } });
  if (draft.studies.length > 0 && draft.patientNo === undefined)
    throw new DomainError('invalid', 'a study is of another patient', { ids: { reason: 'study-of-another-patient' } });
  const mayDownload: StudyId[] = [];
  for (const study of draft.studies) if (await mayGive(stores, asked, study)) mayDownload.push(study.studyId);
  const answered = draft.inReplyTo === undefined ? undefined : await letters.letter(facility.id, draft.inReplyTo);
  const until = new Date(clock.now().getTime() + LETTER_GRANT_DAYS * DAY_MS);
  const { letter, studies } = await letters.send(
    facility.id,
    id,
    { revision, until, mayDownload, by: actor.userId },
    (sent) => [
      ...sentEntries(asked, sent, until, mayDownload),
      ...(answered === undefined ? [] : [letterEntry(actor, 'letter-answered', answered)]),
    ],
    proven(asked),
  );
  for (const study of studies) access.forget(study);
  return letter;
}

/** Whether it may be downloaded too: nobody gives what they do not have. @throws denied, not-found; invalid for a key image that is not in it */
async function mayGive({ access, studies, clock }: Stores, { actor, facility }: LetterAsked, bound: LetterStudy): Promise<boolean> {
  const of = { ownerCode: facility.code, ordinal: bound.ordinal };
  const { study, part } = await access.see(actor, 'study.share', { studyInstanceUID: bound.studyInstanceUID, of });
  const facts = { ownerFacilityId: study.owner.id, rights: study.rights };
  const now = clock.now();
  const whole = decideGift(actor, facts, { mayDownload: true }, now);
  const looking = whole.allowed ? whole : decideGift(actor, facts, { mayDownload: false }, now);
  if (!looking.allowed) throw refused(looking.reason);
  for (const { seriesInstanceUID, sopInstanceUID } of bound.keyImages) {
    let found = false;
    for await (const _ of studies.instancesOf(part, { seriesInstanceUID, sopInstanceUID })) found = true;
    if (!found) throw new DomainError('invalid', 'a key image is not there', { ids: { reason: 'key-image' } });
  }
  return whole.allowed;
}

function sentEntries({ actor }: LetterAsked, letter: Letter, until: Date, mayDownload: readonly StudyId[]): readonly AuditEntry[] {
  const changes = statedMarks(letter.content);
  const end = { until: until.toISOString() };
  return [
    {
      ...act(actor),
      action: 'letter-sent',
      what: { ...whatLetter(letter, actor), ...end, ...(changes.length === 0 ? {} : { changes }) },
      ...toWhom(letter),
    },
    ...letter.studies.map(
      (study): AuditEntry => ({
        ...act(actor),
        right: { kind: 'referral', ...(study.grantId === undefined ? {} : { grant: study.grantId }) },
        action: 'study-referred',
        what: {
          ...whatStudy(letter, study),
          letterId: letter.id,
          ...end,
          ...(mayDownload.includes(study.studyId) ? {} : { viewOnly: true as const }),
        },
        ...toWhom(letter),
      }),
    ),
  ];
}
