/** Letters in the contract's shapes. */
import type { StudyInstanceUID, UserId } from '../../domain/identifiers.ts';
import { formatStudyOf } from '../../domain/imaging/study-address.ts';
import type { FacilityRef, PersonActor } from '../../domain/people/actor.ts';
import type { Letter as Kept, ListedLetter as KeptInList, LetterFacility, LetterNews as News } from '../../domain/referral/letter.ts';
import { gives, type LetterAct, nextState, openedBy } from '../../domain/referral/letter-states.ts';
import { decide } from '../../domain/sharing/access.ts';
import type { DraftText } from '../../usecases/refer/write-letter.ts';
import type { Letter, LetterNews, ListedLetter, SaveLetter } from '../contract/letters.ts';
import { addressOf } from '../parameters.ts';

const named = ({ code, name }: LetterFacility) => ({ code, name });
const instant = (at: Date | undefined) => at?.toISOString() ?? null;

function head(facility: FacilityRef, letter: KeptInList | Kept) {
  const { id, kind, state, from, to, inReplyTo, times, createdAt, reason } = letter;
  return {
    id,
    kind,
    state,
    own: from.id === facility.id,
    inReplyTo: inReplyTo ?? null,
    from: named(from),
    to: to === undefined ? null : named(to),
    times: {
      send: instant(times.send),
      receive: instant(times.receive),
      open: instant(times.open),
      answer: instant(times.answer),
      close: instant(times.close),
      recall: instant(times.recall),
      decline: instant(times.decline),
    },
    createdAt: createdAt.toISOString(),
    reason,
  };
}

export function listedLetter(facility: FacilityRef, letter: KeptInList): ListedLetter {
  const { studyCount, fileCount, content } = letter;
  const { patientName, patientKana, patientBirthDate, patientSex, toDepartment, toDoctor, fromDepartment, fromDoctor, replyAsked } =
    content;
  return {
    ...head(facility, letter),
    content: { patientName, patientKana, patientBirthDate, patientSex, toDepartment, toDoctor, fromDepartment, fromDoctor, replyAsked },
    studyCount,
    fileCount,
  };
}

export function letterAnswer(actor: PersonActor, facility: FacilityRef, letter: Kept): Letter {
  const { content, notes, revision, toPerson, patientNo, studies, files, replies, sentBy, openedBy: opener, until } = letter;
  return {
    ...head(facility, letter),
    revision,
    content: { ...content },
    notes: { ...notes },
    toPerson: toPerson ?? null,
    patient: patientNo ?? null,
    studies: studies.map(({ studyInstanceUID, ordinal, studyDate, studyDescription, modalities, keyImages }) => ({
      studyInstanceUID,
      of: formatStudyOf({ ownerCode: letter.from.code, ordinal }),
      studyDate,
      studyDescription,
      modalities: [...modalities],
      keyImages: [...keyImages],
    })),
    files: files.map(({ id, name, kind, bytes }) => ({ id, name, kind, bytes })),
    replies: replies.map(({ id, kind, at }) => ({ id, kind, at: at.toISOString() })),
    sentBy: sentBy?.name ?? null,
    openedBy: opener?.name ?? null,
    until: instant(until),
    may: mayDo(actor, facility, letter),
  };
}

function mayDo(actor: PersonActor, facility: FacilityRef, { state, from, toPerson }: Kept): Letter['may'] {
  const side = from.id === facility.id ? 'sender' : 'receiver';
  const works = decide(actor, 'letter.write').allowed;
  const may = (act: LetterAct) => works && nextState(state, act, side) !== undefined;
  const opens = openedBy(actor, toPerson?.id);
  return {
    write: may('send'),
    receive: may('receive'),
    open: !may('open') || opens === 'no' ? 'no' : opens === 'itself' ? 'itself' : 'take-over',
    answer: may('answer'),
    close: may('close'),
    decline: may('decline'),
    recall: may('recall'),
    note: works && side === 'receiver' && gives(state),
  };
}

export function newsAnswer({ letterId, kind, what, at, other }: News): LetterNews {
  return { letter: letterId, kind, what, at: at.toISOString(), other: named(other) };
}

/** What the page sends of a draft, as the use case takes it. */
export function draftText({ revision, kind, to, toPerson, content, studies }: SaveLetter): DraftText {
  return {
    revision,
    kind,
    toFacilityCode: to,
    toPersonId: toPerson as UserId | undefined,
    content,
    studies: studies.map(({ studyInstanceUID, of, keyImages }) => ({
      address: addressOf({ studyInstanceUID: studyInstanceUID as StudyInstanceUID }, { of }),
      keyImages: keyImages as unknown as DraftText['studies'][number]['keyImages'],
    })),
  };
}
