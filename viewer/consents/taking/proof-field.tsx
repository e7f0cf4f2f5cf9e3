import { PenLine } from 'lucide-react';
import { useState } from 'react';
import { useFormContext } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import type { ConsentReachAnswer } from '../../../gateway/api/contract/consents.ts';
import type { PatientSummary } from '../../../gateway/api/contract/patients.ts';
import type { Facility } from '../../../gateway/api/contract/people.ts';
import { Button } from '../../design/button.tsx';
import { useFlaw } from '../../forms/form-fields.tsx';
import { DocumentFile } from '../document-file.tsx';
import { SigningScreen } from '../signing/signing-screen.tsx';
import { Step } from './choice.tsx';
import { proofOf, readAs, type Typed } from './consent-wish.ts';
import { useStatement } from './use-statement.ts';

interface Props {
  patient: PatientSummary;
  others: readonly Facility[];
  studies: ConsentReachAnswer['studies'];
}

/** What shows that somebody consented: the signed paper, or a signature on this screen. */
export function ProofField(props: Props) {
  const { t } = useTranslation();
  const { watch } = useFormContext<Typed>();
  const flaw = useFlaw('document', t('takeConsent.mustProve'));
  const typed = watch();
  const { basis } = typed;
  if (basis === 'implied') return null;
  const signs = basis === 'signature' || basis === 'proxy';
  const proven = proofOf(typed, props.others) !== undefined;
  return (
    <Step title={t(signs ? 'takeConsent.proof' : basis === 'paper' ? 'takeConsent.proofPaper' : 'takeConsent.proofNone')}>
      {basis === 'law' ? <p className="text-xs text-ink-2">{t('takeConsent.optionalFile')}</p> : null}
      {signs ? <Signature {...props} /> : null}
      {basis === 'signature' ? null : <Paper />}
      {flaw === undefined || proven ? null : (
        <p role="alert" className="text-sm text-danger">
          {t('takeConsent.mustProve')}
        </p>
      )}
    </Step>
  );
}

function Paper() {
  const { watch, setValue } = useFormContext<Typed>();
  return <DocumentFile kept={watch('file') ?? undefined} onKept={(file) => setValue('file', file, { shouldDirty: true })} />;
}

function Signature({ patient, others, studies }: Props) {
  const { t } = useTranslation();
  const { watch, setValue, trigger } = useFormContext<Typed>();
  const [signing, setSigning] = useState(false);
  const statement = useStatement(patient, others);
  const typed = watch();
  const { signature, basis } = typed;
  const read = readAs(typed, others);
  // What is not filled in yet would be missing from what is read.
  const begin = async () => {
    const ready = await trigger(['relation', 'until', 'studyDateFrom', 'studyDateTo', 'formVersion', 'to' as 'facilities']);
    if (ready) setSigning(true);
  };
  const sign = signature === null ? (basis === 'proxy' ? 'takeConsent.signProxy' : 'takeConsent.sign') : 'takeConsent.signAgain';
  return (
    <div className="flex flex-wrap items-center gap-3">
      <Button kind={signature?.of === read ? 'quiet' : 'primary'} size="large" onClick={() => void begin()} data-testid="sign">
        <PenLine className="size-4" aria-hidden />
        {t(sign)}
      </Button>
      {signature === null ? null : (
        <p role="status" className={signature.of === read ? 'text-sm text-ok' : 'text-sm text-accent'} data-testid="signed">
          {t(signature.of === read ? 'takeConsent.signed' : 'takeConsent.signedOther')}
        </p>
      )}
      {signing ? (
        <SigningScreen
          statement={statement(typed, studies)}
          onClose={() => setSigning(false)}
          onSigned={(document) => {
            setSigning(false);
            setValue('signature', { file: { name: t('signing.signature'), document }, of: read }, { shouldDirty: true });
          }}
        />
      ) : null}
    </div>
  );
}
