import { useTranslation } from 'react-i18next';
import type { Share } from '../../gateway/api/contract/sharing.ts';
import { formatInstant, formatInstantDay } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { useStaffName } from '../session/use-staff-name.ts';
import { useFacilityName } from './use-facility-name.ts';

interface ShareWords {
  readonly facility: string;
  /** Who of the facility. */
  readonly who: string;
  /** From when, where it was said, and until when. */
  readonly term: readonly string[];
  /** What for, and what is not shown. */
  readonly right: string;
  /** The facility, and who of it where not all are meant. */
  readonly receiver: string;
}

/** A share in plain words. */
export function useShareWords(): (share: Share) => ShareWords {
  const { t } = useTranslation();
  const language = useLanguage();
  const facilityName = useFacilityName();
  const staffName = useStaffName();
  return ({ facility, toJob, toPerson, notBefore, until, mayDownload, heldBack }) => {
    const some = toPerson === null ? toJob && t(`job.${toJob}`) : staffName({ name: toPerson.name, nameRomaji: toPerson.romaji });
    const from = notBefore === null ? [] : [t('share.from', { date: formatInstant(notBefore, language) })];
    const may = t(mayDownload ? 'share.lookAndTake' : 'share.viewOnly');
    const named = facilityName(facility);
    return {
      facility: named,
      who: some === null ? t('share.everybody') : t('share.only', { who: some }),
      term: [...from, t('studies.until', { date: formatInstantDay(until, language) })],
      right: heldBack.length === 0 ? may : [may, t('share.heldBack', { count: heldBack.length })].join(t('app.and')),
      receiver: some === null ? named : t('share.toSome', { facility: named, who: some }),
    };
  };
}
