import { useTranslation } from 'react-i18next';
import type { ConsentReachAnswer } from '../../../gateway/api/contract/consents.ts';
import type { PatientSummary } from '../../../gateway/api/contract/patients.ts';
import type { Facility } from '../../../gateway/api/contract/people.ts';
import { formatDA, inputToDA } from '../../i18n/dates.ts';
import { useLanguage } from '../../i18n/use-language.ts';
import { displayName } from '../../patient/name-groups.ts';
import { useSession } from '../../session/use-session.ts';
import { useFacilityName } from '../../sharing/use-facility-name.ts';
import type { Statement } from '../signing/signing-screen.tsx';
import { modalityWords, scopeWords } from '../use-consent-words.ts';
import { namedBy, showsTerm, type Typed } from './consent-wish.ts';

/** What is chosen in the form, in words for the patient. */
export function useStatement(patient: PatientSummary, others: readonly Facility[]) {
  const { t } = useTranslation();
  const language = useLanguage();
  const facilityName = useFacilityName();
  const { regionName } = useSession();
  const nameOf = (code: string) => {
    const facility = others.find((one) => one.code === code);
    return facility === undefined ? code : facilityName(facility);
  };
  const namesOf = (codes: readonly string[]) => codes.map(nameOf).join(t('app.comma'));
  return (typed: Typed, studies: ConsentReachAnswer['studies']): Statement => {
    const { more, basis, relation, until } = typed;
    const region = regionName === '' ? t('signing.regionUnnamed') : regionName;
    const scope = scopeWords(
      {
        modalities: more ? typed.modalities : [],
        studyDateFrom: more && typed.studyDateFrom !== '' ? inputToDA(typed.studyDateFrom) : null,
        studyDateTo: more && typed.studyDateTo !== '' ? inputToDA(typed.studyDateTo) : null,
      },
      t,
      language,
    );
    const left = studies
      .filter(({ id }) => more && typed.exceptStudies.includes(id))
      .map(({ studyDate, modalities }) =>
        [formatDA(studyDate, language), modalityWords(modalities, t)].filter((text) => text !== '').join(' '),
      );
    const proxy = basis === 'proxy';
    const facts = [
      [t('signing.whoLabel'), typed.whom === 'region' ? t('signing.region', { region }) : namesOf(namedBy(typed, others))],
      [t('signing.exceptLabel'), more ? namesOf(typed.exceptFacilities) : ''],
      [t('signing.studiesLabel'), scope || t('signing.allStudies')],
      [t('signing.exceptStudiesLabel'), left.join(t('app.comma'))],
      [
        t('signing.untilLabel'),
        showsTerm(typed) && until !== '' ? t('consent.until', { date: formatDA(inputToDA(until), language) }) : t('signing.untilStopped'),
      ],
    ] as const;
    return {
      name: t('signing.of', { name: displayName(patient.patientName).primary }),
      what: t('signing.what', { facility: facilityName(patient.owner) }),
      facts: facts.filter(([, text]) => text !== ''),
      promises: [t('signing.free'), t('signing.stop'), t('signing.log')],
      agree: proxy && relation !== '' ? t('signing.agreeProxy', { relation: t(`relation.${relation as 'parent'}`) }) : t('signing.agree'),
      here: t(proxy ? 'signing.hereProxy' : 'signing.here'),
      formVersion: typed.formVersion,
    };
  };
}
