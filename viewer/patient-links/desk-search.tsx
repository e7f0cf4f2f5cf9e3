import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type DeskPatient, type DeskPatientList, deskSearchSchema } from '../../gateway/api/contract/links.ts';
import { askDesk, proposeLink } from '../api/links.ts';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/raised/dialog.tsx';
import { Form, SubmitButton } from '../forms/form.tsx';
import { DateField, TextField } from '../forms/form-fields.tsx';
import { useContractForm } from '../forms/use-contract-form.ts';
import { DeskPatientView } from './desk-patient-view.tsx';
import { PatientLine } from './patient-line.tsx';
import { useDeskAct } from './use-desk-act.ts';
import { usePatientLabel } from './use-patient-label.ts';

const NOTHING = { patientID: '', birthDate: '', name: '' };

/** Any patient of the region: each search is on record, so it is asked for by the button. */
export function DeskSearch() {
  const { t } = useTranslation();
  const label = usePatientLabel();
  const [found, setFound] = useState<DeskPatientList>();
  const [opened, setOpened] = useState<DeskPatient>();
  /** Of whom somebody looks for the same person. */
  const [first, setFirst] = useState<DeskPatient>();
  const form = useContractForm({
    schema: deskSearchSchema,
    start: NOTHING,
    bodyOf: (typed) => Object.fromEntries(Object.entries(typed).filter(([, text]) => text.trim() !== '')),
    send: async (asked) => setFound(await askDesk(asked)),
  });
  return (
    <section aria-label={t('links.search')}>
      <h2 className="text-base font-semibold">{t('links.search')}</h2>
      <p className="mt-1 mb-4 max-w-prose text-sm text-pretty text-ink-2">{t('links.searchHint')}</p>
      <Form form={form} marksOptional={false} className="mb-4 grid grid-cols-2 items-end gap-3 md:grid-cols-4">
        <TextField name="patientID" label={t('links.patientID')} optional />
        <DateField name="birthDate" label={t('links.birthDate')} className="w-full" optional />
        <TextField name="name" label={t('links.name')} optional />
        <div>
          <SubmitButton kind="primary" sending={t('links.find')}>
            {t('links.find')}
          </SubmitButton>
        </div>
      </Form>
      {first === undefined ? null : (
        <p
          role="status"
          className="mb-3 flex flex-wrap items-center gap-x-4 gap-y-2 rounded-md border border-line-strong px-3 py-2.5 text-sm"
        >
          <span className="min-w-0 flex-1">{t('links.proposing', { one: label(first) })}</span>
          <Button size="small" onClick={() => setFirst(undefined)}>
            {t('links.stopProposing')}
          </Button>
        </p>
      )}
      {found === undefined ? null : <Found found={found} first={first} onOpen={setOpened} onProposed={() => setFirst(undefined)} />}
      {opened === undefined ? null : (
        <Dialog open onOpenChange={() => setOpened(undefined)} title={label(opened)}>
          <DeskPatientView
            patient={opened}
            onLookForSame={() => {
              setFirst(opened);
              setOpened(undefined);
            }}
          />
        </Dialog>
      )}
    </section>
  );
}

interface FoundProps {
  found: DeskPatientList;
  first: DeskPatient | undefined;
  onOpen: (patient: DeskPatient) => void;
  onProposed: () => void;
}

function Found({ found: { patients, more }, first, onOpen, onProposed }: FoundProps) {
  const { t } = useTranslation();
  return (
    <>
      <p role="status" className="py-2 text-sm text-ink-3">
        {patients.length === 0 ? t('links.noneFound') : more ? t('links.more', { count: patients.length }) : ''}
      </p>
      <ul aria-label={t('links.search')} className="divide-y divide-line overflow-hidden rounded-lg border border-line empty:hidden">
        {patients.map((patient) => (
          <li key={patient.id} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
            <button type="button" className="min-w-0 flex-1 text-left hover:underline" onClick={() => onOpen(patient)}>
              <PatientLine patient={patient} />
            </button>
            {first === undefined || first.person === patient.person ? null : (
              <ProposeButton first={first} other={patient} onProposed={onProposed} />
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

function ProposeButton({ first, other, onProposed }: { first: DeskPatient; other: DeskPatient; onProposed: () => void }) {
  const { t } = useTranslation();
  const propose = useDeskAct(
    () => proposeLink({ patient: first.id, other: other.id }),
    () => t('links.proposed'),
  );
  return (
    <Button size="small" busy={propose.isPending} onClick={() => propose.mutate(undefined, { onSuccess: onProposed })}>
      {t('links.proposeWith')}
    </Button>
  );
}
