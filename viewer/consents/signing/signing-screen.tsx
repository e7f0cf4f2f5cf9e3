import { Dialog } from 'radix-ui';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConsentDocumentAnswer } from '../../../gateway/api/contract/consents.ts';
import { keepConsentDocument } from '../../api/consents.ts';
import { formatInstant } from '../../i18n/dates.ts';
import { useErrorText } from '../../i18n/use-error-text.ts';
import { useLanguage } from '../../i18n/use-language.ts';
import { withoutReadings } from './ruby.ts';
import { RubyText } from './ruby-text.tsx';
import { PAD_HEIGHT, SignaturePad } from './signature-pad.tsx';
import { signedDocument } from './signed-document.ts';
import { isSignature, type Stroke } from './strokes.ts';

/** What the patient reads, and signs. */
export interface Statement {
  readonly name: string;
  readonly what: string;
  /** What it is, and what is said of it. */
  readonly facts: readonly (readonly [label: string, text: string])[];
  readonly promises: readonly string[];
  readonly agree: string;
  readonly here: string;
  readonly formVersion: string;
}

interface Props {
  statement: Statement;
  onSigned: (document: ConsentDocumentAnswer) => void;
  onClose: () => void;
}

/** In the patient's hands: over the whole screen their own text in large letters, and nothing else. Then a word of thanks until the staff go on. */
export function SigningScreen({ statement, onSigned, onClose }: Props) {
  const { t } = useTranslation();
  const [kept, setKept] = useState<ConsentDocumentAnswer>();
  return (
    <Dialog.Root open>
      <Dialog.Portal>
        <Dialog.Content
          aria-describedby={undefined}
          data-testid="signing"
          className="fixed inset-0 z-50 overflow-y-auto bg-white text-black focus:outline-none"
          onEscapeKeyDown={(event) => event.preventDefault()}
          onInteractOutside={(event) => event.preventDefault()}
        >
          <div className="mx-auto flex min-h-full max-w-3xl flex-col gap-5 p-5 text-xl leading-9 sm:p-8">
            {kept === undefined ? (
              <Signing statement={statement} onKept={setKept} onClose={onClose} />
            ) : (
              <div className="m-auto flex flex-col items-center gap-6 text-center" role="status" data-testid="signing-thanks">
                <Dialog.Title className="text-4xl font-semibold">{t('signing.thanks')}</Dialog.Title>
                <p className="text-2xl">{t('signing.thanksBody')}</p>
                <button type="button" className={STAFF_LOOK} onClick={() => onSigned(kept)}>
                  {t('signing.staff')}
                </button>
              </div>
            )}
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

const STAFF_LOOK = 'min-h-11 rounded-md border border-black px-5 text-base text-black';

interface SigningProps {
  statement: Statement;
  onKept: (kept: ConsentDocumentAnswer) => void;
  onClose: () => void;
}

function Signing({ statement, onKept, onClose }: SigningProps) {
  const { t } = useTranslation();
  const [strokes, setStrokes] = useState<readonly Stroke[]>([]);
  const { sign, sending, failure } = useSigned(statement, strokes, onKept);
  return (
    <>
      <Dialog.Title className="text-3xl leading-12 font-semibold text-balance">
        <RubyText text={t('signing.title')} />
      </Dialog.Title>
      <Said statement={statement} />
      <div>
        <p className="mb-2 text-lg">{statement.here}</p>
        <SignaturePad label={t('signing.pad')} strokes={strokes} onStrokes={setStrokes} />
      </div>
      {failure === undefined ? null : (
        <p role="alert" className="text-lg text-[#9b1c1c]">
          {failure}
        </p>
      )}
      <div className="flex flex-wrap items-center gap-3">
        <button type="button" className={AGREE_LOOK} disabled={!isSignature(strokes) || sending} onClick={() => void sign()}>
          {t(sending ? 'signing.doing' : 'signing.done')}
        </button>
        <button type="button" className={CLEAR_LOOK} onClick={() => setStrokes([])}>
          {t('signing.clear')}
        </button>
        <button type="button" className={STAFF_LOOK} onClick={onClose}>
          {t('signing.cancel')}
        </button>
      </div>
    </>
  );
}

const AGREE_LOOK = 'min-h-14 flex-1 rounded-md bg-accent px-8 text-xl font-medium text-accent-ink disabled:opacity-45';
const CLEAR_LOOK = 'min-h-14 rounded-md border border-black px-5 text-lg text-black';

/** Makes one picture of what was read and what was written, and sends it. */
function useSigned(statement: Statement, strokes: readonly Stroke[], onKept: (kept: ConsentDocumentAnswer) => void) {
  const { t } = useTranslation();
  const language = useLanguage();
  const errorText = useErrorText();
  const [sending, setSending] = useState(false);
  const [failure, setFailure] = useState<string>();
  const { name, what, facts, promises, agree, formVersion } = statement;
  const sign = async () => {
    setFailure(undefined);
    setSending(true);
    try {
      const text = [name, what, ...facts.map(([label, said]) => `${label}: ${said}`), ...promises, agree].map(withoutReadings);
      const at = formatInstant(new Date().toISOString(), language);
      const below = [t('signing.signedAt', { at }), t('signing.version', { version: formVersion })];
      const title = withoutReadings(t('signing.title'));
      onKept(await keepConsentDocument(await signedDocument({ title, text, below, strokes, padHeight: PAD_HEIGHT })));
    } catch (thrown) {
      setFailure(errorText(thrown));
      setSending(false);
    }
  };
  return { sign, sending, failure };
}

function Said({ statement: { name, what, facts, promises, agree } }: { statement: Statement }) {
  return (
    <>
      <p className="text-2xl font-medium">{name}</p>
      <p>
        <RubyText text={what} />
      </p>
      <Facts facts={facts} />
      <ul className="list-disc space-y-1 pl-7 text-lg leading-8">
        {promises.map((promise) => (
          <li key={promise} className="[word-break:auto-phrase]">
            <RubyText text={promise} />
          </li>
        ))}
      </ul>
      <p className="font-semibold">
        <RubyText text={agree} />
      </p>
    </>
  );
}

function Facts({ facts }: Pick<Statement, 'facts'>) {
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-5 gap-y-2 rounded-lg border-2 border-black p-4 max-sm:grid-cols-1 max-sm:gap-y-0">
      {facts.map(([label, text]) => (
        <div key={label} className="contents">
          <dt className="text-lg">{label}</dt>
          <dd className="min-w-0 font-medium break-words [word-break:auto-phrase] max-sm:mb-2">
            <RubyText text={text} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
