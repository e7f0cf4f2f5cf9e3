import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { ConsentAnswer } from '../../gateway/api/contract/consents.ts';
import { formatDA, formatInstant, formatInstantDay } from '../i18n/dates.ts';
import type { Language } from '../i18n/translation.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { useFacilityName } from '../sharing/use-facility-name.ts';
import { MODALITIES } from '../study-list/study-filter.ts';

/** Facilities that a line has room for. */
const NAMES_MAX = 3;

interface Scope {
  readonly modalities: readonly string[];
  /** YYYYMMDD */
  readonly studyDateFrom: string | null;
  readonly studyDateTo: string | null;
}

/** Kinds of studies as people call them: a plain X-ray is CR or DX. What has no word stands as it is. */
export function modalityWords(modalities: readonly string[], t: TFunction): string {
  const known = MODALITIES.filter((group) => group.some((one) => modalities.includes(one)));
  const others = modalities.filter((one) => !known.some((group) => (group as readonly string[]).includes(one)));
  return [...known.map(([first]) => t(`modality.${first}`)), ...others].join(t('app.and'));
}

/** Of which kind, and of which days; empty: all of them. */
export function scopeWords({ modalities, studyDateFrom, studyDateTo }: Scope, t: TFunction, language: Language): string {
  const from = studyDateFrom === null ? '' : formatDA(studyDateFrom, language);
  const to = studyDateTo === null ? '' : formatDA(studyDateTo, language);
  const days =
    from === '' ? (to === '' ? '' : t('consent.to', { to })) : to === '' ? t('consent.from', { from }) : t('consent.fromTo', { from, to });
  const kinds = modalities.length === 0 ? '' : t('consent.ofModalities', { modalities: modalityWords(modalities, t) });
  return [kinds, days].filter((text) => text !== '').join(t('app.comma'));
}

/** What a consent says, in the reader's words. */
export function useConsentWords() {
  const { t } = useTranslation();
  const language = useLanguage();
  const facilityName = useFacilityName();
  const names = (facilities: readonly { code: string; name: string }[], max = facilities.length) => {
    const shown = facilities.slice(0, max).map(facilityName).join(t('app.comma'));
    const rest = facilities.length - max;
    return rest > 0 ? t('consent.andMore', { names: shown, count: rest }) : shown;
  };
  return (consent: ConsentAnswer) => ({
    basis: [
      t(`basis.${consent.basis}`),
      consent.relation === null ? '' : t('app.inBrackets', { text: t(`relation.${consent.relation}`) }),
      consent.ground === null ? '' : t('app.inBrackets', { text: t(`ground.${consent.ground}`) }),
    ].join(''),
    to: consent.to === 'region' ? t('consent.toRegion') : names(consent.to, NAMES_MAX),
    toWhole: consent.to === 'region' ? t('consent.toRegionToo') : names(consent.to),
    except: names(consent.exceptFacilities),
    studies: scopeWords(consent, t, language) || t('consent.allStudies'),
    until: consent.until === null ? t('consent.untilWithdrawn') : t('consent.until', { date: formatInstantDay(consent.until, language) }),
    taken: t('consent.takenBy', {
      date: formatInstant(consent.takenAt, language),
      name: consent.takenBy ?? t('through.command'),
    }),
    withdrawn: consent.withdrawnAt === null ? '' : formatInstant(consent.withdrawnAt, language),
  });
}

/** Those that stand first, each the newest first. */
export function standingFirst(consents: readonly ConsentAnswer[]): readonly ConsentAnswer[] {
  return consents.toSorted((a, b) => Number(a.ended !== null) - Number(b.ended !== null));
}
