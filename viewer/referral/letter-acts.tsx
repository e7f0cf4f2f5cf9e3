import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ActOnLetter, Letter } from '../../gateway/api/contract/letters.ts';
import { actOnLetter } from '../api/letters.ts';
import { Button } from '../design/button.tsx';
import { Confirm } from '../design/confirm.tsx';
import { Field, Input } from '../design/field.tsx';
import { Dialog } from '../design/raised/dialog.tsx';
import { useBeginLetter, useLetterAct } from './use-letters.ts';

type Asking = 'recall' | 'decline' | 'take-over';

/** What the reader may do with the letter now. */
export function LetterActs({ letter }: { letter: Letter }) {
  const { t } = useTranslation();
  const { may } = letter;
  const [asking, setAsking] = useState<Asking>();
  const act = useLetterAct(
    (body: ActOnLetter) => actOnLetter(letter.id, body),
    ({ act: done }) => t(`letter.done.${done}`),
  );
  if (!may.receive && may.open === 'no' && !may.answer && !may.close && !may.decline && !may.recall) return null;
  const at = (done: 'receive' | 'close') => ({ busy: act.isPending, onClick: () => act.mutate({ act: done }) });
  return (
    <div className="flex flex-wrap gap-2" data-testid="letter-acts">
      {may.answer ? <Answers id={letter.id} /> : null}
      {may.receive ? (
        <Button kind="primary" {...at('receive')}>
          {t('letter.act.receive')}
        </Button>
      ) : null}
      {may.open === 'take-over' ? <Button onClick={() => setAsking('take-over')}>{t('letter.act.takeOver')}</Button> : null}
      {may.close ? <Button {...at('close')}>{t('letter.act.close')}</Button> : null}
      {may.decline ? <Button onClick={() => setAsking('decline')}>{t('letter.act.decline')}</Button> : null}
      {may.recall ? (
        <Button kind="danger" onClick={() => setAsking('recall')}>
          {t('letter.act.recall')}
        </Button>
      ) : null}
      <Questions letter={letter} asking={asking} onClose={() => setAsking(undefined)} onAct={act.mutate} />
    </div>
  );
}

function Answers({ id }: { id: string }) {
  const { t } = useTranslation();
  const begin = useBeginLetter();
  return (
    <>
      <Button kind="primary" busy={begin.isPending} onClick={() => begin.mutate({ kind: 'reply', inReplyTo: id })}>
        {t('letter.act.answer')}
      </Button>
      <Button busy={begin.isPending} onClick={() => begin.mutate({ kind: 'counter-referral', inReplyTo: id })}>
        {t('letter.act.counter')}
      </Button>
    </>
  );
}

interface QuestionsProps {
  letter: Letter;
  asking: Asking | undefined;
  onClose: () => void;
  onAct: (body: ActOnLetter) => void;
}

function Questions({ letter: { toPerson }, asking, onClose, onAct }: QuestionsProps) {
  const { t } = useTranslation();
  const withReason = asking === 'recall' || asking === 'decline' ? asking : undefined;
  return (
    <>
      <Confirm
        open={asking === 'take-over'}
        onOpenChange={onClose}
        title={t('letter.takeOverTitle')}
        body={t('letter.takeOverBody', { name: toPerson?.name ?? '' })}
        confirm={t('letter.act.takeOver')}
        onConfirm={() => onAct({ act: 'open', takeOver: true })}
      />
      {withReason === undefined ? null : (
        <WithReason
          act={withReason}
          onClose={onClose}
          onConfirm={(reason) => {
            onClose();
            onAct({ act: withReason, reason });
          }}
        />
      )}
    </>
  );
}

const REASON_CHARS_MAX = 500;

function WithReason({ act, onClose, onConfirm }: { act: 'recall' | 'decline'; onClose: () => void; onConfirm: (reason: string) => void }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  const [missing, setMissing] = useState(false);
  const confirm = () => (reason.trim() === '' ? setMissing(true) : onConfirm(reason.trim()));
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t(act === 'recall' ? 'letter.recallTitle' : 'letter.declineTitle')}
      description={t(act === 'recall' ? 'letter.recallBody' : 'letter.declineBody')}
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          confirm();
        }}
      >
        <Field label={t('letter.reason')} error={missing ? t('letter.reasonEmpty') : undefined}>
          {({ id, describedBy, invalid }) => (
            <Input
              id={id}
              aria-describedby={describedBy}
              aria-invalid={invalid}
              aria-required
              maxLength={REASON_CHARS_MAX}
              autoComplete="off"
              value={reason}
              onChange={({ currentTarget: { value } }) => {
                setReason(value);
                setMissing(false);
              }}
            />
          )}
        </Field>
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>{t('app.cancel')}</Button>
          <Button kind="danger" type="submit">
            {t(`letter.act.${act}`)}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
