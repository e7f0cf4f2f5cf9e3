import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { noteDeath } from '../api/consents.ts';
import { Button } from '../design/button.tsx';
import { Confirm } from '../design/confirm.tsx';
import { Field } from '../design/field.tsx';
import { DateInput } from '../forms/date-input.tsx';
import { daToInput, formatDA, inputToDA, parseDA, todayDA } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { useConsentAct } from './use-consents.ts';

/** That the patient died, with which consent for treatment ends; and that this was a mistake. */
export function DeathNote({ patientId, diedOn }: { patientId: string; diedOn: string | null }) {
  return diedOn === null ? <Note patientId={patientId} /> : <Noted patientId={patientId} diedOn={diedOn} />;
}

function Note({ patientId }: { patientId: string }) {
  const { t } = useTranslation();
  const today = daToInput(todayDA(new Date()));
  const [day, setDay] = useState(today);
  const [asking, setAsking] = useState(false);
  const note = useConsentAct(() => noteDeath(patientId, day), t('consent.deathNoted'));
  const isDay = parseDA(inputToDA(day)) !== undefined && day <= today;
  return (
    <details className="border-t border-line pt-2" data-testid="death">
      <summary className="cursor-pointer py-1 text-sm text-ink-2 pointer-coarse:py-3">{t('consent.death')}</summary>
      <p className="mb-3 text-xs text-pretty text-ink-2">{t('consent.deathIntro')}</p>
      <Field label={t('consent.deathDay')} error={isDay ? undefined : t('form.flaw.date')}>
        {({ id, describedBy, invalid }) => (
          <div className="flex flex-wrap items-center gap-2">
            <DateInput
              id={id}
              label={t('consent.deathDay')}
              value={day}
              onChange={setDay}
              max={today}
              aria-describedby={describedBy}
              aria-invalid={invalid}
            />
            <Button kind="danger" disabled={!isDay} busy={note.isPending} onClick={() => setAsking(true)}>
              {t('consent.deathNote')}
            </Button>
          </div>
        )}
      </Field>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={t('consent.deathTitle')}
        body={t('consent.deathIntro')}
        confirm={t('consent.deathNote')}
        onConfirm={() => note.mutate()}
      />
    </details>
  );
}

function Noted({ patientId, diedOn }: { patientId: string; diedOn: string }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const [asking, setAsking] = useState(false);
  const undo = useConsentAct(() => noteDeath(patientId, null), t('consent.diedUndone'));
  return (
    <div className="flex flex-wrap items-center gap-3 border-t border-line pt-3">
      <p className="min-w-0 flex-1 text-sm text-ink-2">{t('consent.died', { date: formatDA(inputToDA(diedOn), language) })}</p>
      <Button size="small" busy={undo.isPending} onClick={() => setAsking(true)}>
        {t('consent.diedUndo')}
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={t('consent.diedUndoTitle')}
        body={t('consent.diedUndoBody')}
        confirm={t('consent.diedUndo')}
        onConfirm={() => undo.mutate()}
      />
    </div>
  );
}
