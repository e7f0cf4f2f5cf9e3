/** Notices in the contract's shapes. */

import type { Notice as Kept } from '../../domain/imaging/notice.ts';
import type { IndexedStudy } from '../../domain/imaging/study.ts';
import type { Actor } from '../../domain/people/actor.ts';
import { decide } from '../../domain/sharing/access.ts';
import type { Notice } from '../contract/notices.ts';
import { studySummary } from '../studies/answers.ts';

export function noticeAnswer(actor: Actor, notice: Kept, withStudy: boolean, now: Date): Notice {
  const { id, kind, at, count, studyInstanceUID, sopInstanceUID, study, other, settlement } = notice;
  const shown = (study: IndexedStudy | undefined) => (withStudy && study !== undefined ? studySummary(actor, study, now) : null);
  return {
    id,
    at: at.toISOString(),
    kind,
    count,
    studyInstanceUID,
    sopInstanceUID: sopInstanceUID ?? null,
    study: shown(study),
    other: other === undefined ? null : { studyInstanceUID: other.studyInstanceUID, study: shown(other.study) },
    settlement: settlement ?? null,
    maySettle: other !== undefined && settlement === undefined && decide(actor, 'notice.settle').allowed,
  };
}
