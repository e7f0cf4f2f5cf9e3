import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConsentAnswer, ConsentReachAnswer } from '../../gateway/api/contract/consents.ts';
import type { PatientSummary } from '../../gateway/api/contract/patients.ts';
import { consentDocumentPath, leaveOutOfConsent, withdrawConsent } from '../api/consents.ts';
import { Button } from '../design/button.tsx';
import { classes } from '../design/classes.ts';
import { Confirm } from '../design/confirm.tsx';
import { useKeptFocus } from '../design/kept-focus.ts';
import { Dialog } from '../design/raised/dialog.tsx';
import { displayName } from '../patient/name-groups.ts';
import { Failure } from '../shell/failure.tsx';
import { DeathNote } from './death-note.tsx';
import { FacilityList } from './facility-list.tsx';
import { StudyChoices } from './study-choices.tsx';
import { useConsentWords } from './use-consent-words.ts';
import { useConsentAct, useConsents, useReach, WHOLE } from './use-consents.ts';
import { WithdrawAll } from './withdraw-all.tsx';

/** Everything that a patient agreed to here, and what may be done with it: less of it, and no more of it. */
export function ConsentDialog({ patient, onClose }: { patient: PatientSummary; onClose: () => void }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useConsents(patient.id);
  const reach = useReach(patient.id, WHOLE);
  const keptFocus = useKeptFocus<HTMLDivElement>();
  const standing = data?.filter(({ ended }) => ended === null) ?? [];
  const earlier = data?.filter(({ ended }) => ended !== null) ?? [];
  return (
    <Dialog
      open
      wide
      onOpenChange={onClose}
      title={t('consent.title')}
      description={[displayName(patient.patientName).primary || t('studies.noName'), `${t('studies.patientID')} ${patient.patientID}`]}
    >
      <div {...keptFocus} className="flex flex-col gap-5" data-testid="consents">
        {error === null ? null : <Failure error={error} onRetry={() => void refetch()} />}
        {data?.length === 0 ? <p className="text-sm text-ink-2">{t('consent.empty')}</p> : null}
        <ul className="flex flex-col gap-3 empty:hidden">
          {standing.map((consent) => (
            <Consent key={consent.id} consent={consent} reach={reach.data} />
          ))}
        </ul>
        {earlier.length === 0 ? null : (
          <section>
            <h3 className="mb-2 text-xs font-medium text-ink-2">{t('consent.earlier')}</h3>
            <ul className="flex flex-col gap-3">
              {earlier.map((consent) => (
                <Consent key={consent.id} consent={consent} reach={reach.data} />
              ))}
            </ul>
          </section>
        )}
        {data === undefined ? null : <WithdrawAll patientId={patient.id} />}
        {reach.data === undefined ? null : <DeathNote patientId={patient.id} diedOn={reach.data.diedOn} />}
      </div>
    </Dialog>
  );
}

function Consent({ consent, reach }: { consent: ConsentAnswer; reach: ConsentReachAnswer | undefined }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const [narrowing, setNarrowing] = useState(false);
  const withdraw = useConsentAct(() => withdrawConsent(consent.id), t('consent.withdrawn'));
  const open = consent.withdrawnAt === null;
  return (
    <li className="rounded-lg border border-line p-3 sm:p-4" data-testid="consent">
      <p className={classes('mb-2 text-sm font-medium', consent.ended === null ? 'text-ok' : 'text-accent')}>
        {t(consent.ended === null ? 'consent.shortStands' : `consent.shortEnd.${consent.ended}`)}
      </p>
      <Facts consent={consent} />
      <div className="mt-3 flex flex-wrap gap-2">
        {consent.hasDocument ? (
          <Button asChild size="small">
            <a href={consentDocumentPath(consent.id)} download>
              {t('consent.save')}
            </a>
          </Button>
        ) : null}
        {open ? (
          <>
            <Button size="small" aria-expanded={narrowing} onClick={() => setNarrowing(!narrowing)}>
              {t('consent.narrow')}
            </Button>
            <Button size="small" kind="danger" busy={withdraw.isPending} onClick={() => setAsking(true)}>
              {t('consent.withdraw')}
            </Button>
          </>
        ) : null}
      </div>
      {narrowing ? <Narrowing consent={consent} studies={reach?.studies ?? []} onDone={() => setNarrowing(false)} /> : null}
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={t('consent.withdrawTitle')}
        body={t('consent.withdrawBody')}
        confirm={t('consent.withdraw')}
        onConfirm={() => withdraw.mutate()}
      />
    </li>
  );
}

function Facts({ consent }: { consent: ConsentAnswer }) {
  const { t } = useTranslation();
  const words = useConsentWords()(consent);
  const left = consent.exceptStudies.length;
  const rows = [
    ['to', words.toWhole],
    ['except', words.except],
    ['studies', words.studies],
    ['exceptStudies', left === 0 ? '' : t('consent.studies', { count: left })],
    ['until', words.until],
    ['basis', words.basis],
    ['taken', words.taken],
    ['form', consent.formVersion],
    ['withdrawn', `${words.withdrawn}${consent.withdrawnElsewhere ? t('app.inBrackets', { text: t('consent.elsewhere') }) : ''}`],
    ['covers', consent.ended === null ? t('consent.ownStudies', { studies: t('consent.studies', { count: consent.studies }) }) : ''],
  ] as const;
  return (
    <dl className="grid grid-cols-[7rem_minmax(0,1fr)] gap-x-3 gap-y-1 text-sm">
      {rows
        .filter(([, text]) => text !== '')
        .map(([label, text]) => (
          <div key={label} className="contents">
            <dt className="text-xs leading-5 text-ink-3">{t(`consent.label.${label}`)}</dt>
            <dd className="min-w-0 break-words">{text}</dd>
          </div>
        ))}
    </dl>
  );
}

interface NarrowingProps {
  consent: ConsentAnswer;
  studies: ConsentReachAnswer['studies'];
  onDone: () => void;
}

/** What the consent leaves out from now on beside what it leaves out: whatever somebody else adds meanwhile stands here with what is added. */
function Narrowing({ consent, studies, onDone }: NarrowingProps) {
  const { t } = useTranslation();
  const saw = { exceptFacilities: consent.exceptFacilities.map(({ code }) => code), exceptStudies: consent.exceptStudies };
  const [moreFacilities, setMoreFacilities] = useState<readonly string[]>([]);
  const [moreStudies, setMoreStudies] = useState<readonly string[]>([]);
  const exceptFacilities = [...new Set([...saw.exceptFacilities, ...moreFacilities])];
  const exceptStudies = [...new Set([...saw.exceptStudies, ...moreStudies])];
  const change = useConsentAct(() => leaveOutOfConsent(consent.id, { exceptFacilities, exceptStudies, saw }), t('consent.narrowed'));
  return (
    <div className="mt-3 flex flex-col gap-3 border-t border-line pt-3" data-testid="narrowing">
      <p className="text-xs text-pretty text-ink-2">{t('consent.narrowIntro')}</p>
      <FacilityList
        label={t('takeConsent.addExcept')}
        chosen={exceptFacilities}
        fixed={saw.exceptFacilities}
        onChange={(codes) => setMoreFacilities(codes.filter((code) => !saw.exceptFacilities.includes(code)))}
      />
      <p className="text-xs font-medium text-ink-2">{t('takeConsent.exceptStudies')}</p>
      <StudyChoices
        studies={studies}
        chosen={exceptStudies}
        fixed={saw.exceptStudies}
        onChange={(ids) => setMoreStudies(ids.filter((id) => !saw.exceptStudies.includes(id)))}
      />
      <Button kind="primary" className="self-start" busy={change.isPending} onClick={() => change.mutate(undefined, { onSuccess: onDone })}>
        {t('consent.narrowSave')}
      </Button>
    </div>
  );
}
