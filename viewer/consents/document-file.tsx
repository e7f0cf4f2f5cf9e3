import { Camera } from 'lucide-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CONSENT_DOCUMENT_BYTES_MAX, CONSENT_DOCUMENT_TYPES } from '../../gateway/api/contract/consent-rules.ts';
import type { ConsentDocumentAnswer } from '../../gateway/api/contract/consents.ts';
import { keepConsentDocument } from '../api/consents.ts';
import { ApiError } from '../api/http.ts';
import { Button } from '../design/button.tsx';
import { useErrorText } from '../i18n/use-error-text.ts';

export interface KeptFile {
  readonly name: string;
  readonly document: ConsentDocumentAnswer;
}

interface Props {
  kept: KeptFile | undefined;
  onKept: (file: KeptFile) => void;
}

/** Sends what was chosen. */
function useSending(onKept: Props['onKept']) {
  const [sending, setSending] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const send = async (file: File | undefined) => {
    if (file === undefined) return;
    setFailure(undefined);
    setSending(true);
    try {
      if (file.size > CONSENT_DOCUMENT_BYTES_MAX) throw new ApiError(413, { error: 'too-large' });
      onKept({ name: file.name, document: await keepConsentDocument(file) });
    } catch (thrown) {
      setFailure(thrown);
    } finally {
      setSending(false);
    }
  };
  return { send, sending, failure };
}

/** A photograph or a scan, sent as soon as it is chosen; a tablet offers its camera. */
export function DocumentFile({ kept, onKept }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const input = useRef<HTMLInputElement>(null);
  const { send, sending, failure } = useSending(onKept);
  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex flex-wrap items-center gap-3">
        <Button busy={sending} onClick={() => input.current?.click()}>
          <Camera className="size-4" aria-hidden />
          {sending ? t('takeConsent.sending') : t(kept === undefined ? 'takeConsent.choose' : 'takeConsent.chooseAgain')}
        </Button>
        {kept === undefined ? null : (
          <p role="status" className="min-w-0 text-sm break-words text-ok" data-testid="document-kept">
            {t('takeConsent.kept', { name: kept.name })}
          </p>
        )}
      </div>
      <p className="text-xs text-ink-3">{t('takeConsent.fileNote')}</p>
      {failure === undefined ? null : (
        <p role="alert" className="text-sm text-danger">
          {errorText(failure)}
        </p>
      )}
      <input
        ref={input}
        type="file"
        hidden
        accept={CONSENT_DOCUMENT_TYPES.join(',')}
        aria-label={t('takeConsent.choose')}
        data-testid="consent-file"
        onChange={({ currentTarget }) => {
          void send(currentTarget.files?.[0]);
          currentTarget.value = '';
        }}
      />
    </div>
  );
}
