import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Copy } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { createTokenSchema, type Token } from '../../gateway/api/contract/session.ts';
import { createToken, listTokens, revokeToken } from '../api/account.ts';
import { Button } from '../design/button.tsx';
import { Confirm } from '../design/confirm.tsx';
import { useKeptFocus } from '../design/kept-focus.ts';
import { toast } from '../design/raised/toast.tsx';
import { Form, FormRefusal, SubmitButton } from '../forms/form.tsx';
import { SelectField, TextField } from '../forms/form-fields.tsx';
import { useContractForm } from '../forms/use-contract-form.ts';
import { formatInstantDay } from '../i18n/dates.ts';
import { useErrorText } from '../i18n/use-error-text.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { Failure } from '../shell/failure.tsx';

const DAYS = [30, 90, 365] as const;

/** Tokens for programs. The secret is shown once, when it is made. */
export function TokenPanel() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const client = useQueryClient();
  const keptFocus = useKeptFocus<HTMLDivElement>();
  const changed = () => client.invalidateQueries({ queryKey: ['tokens'] });
  const tokens = useQuery({ queryKey: ['tokens'], queryFn: ({ signal }) => listTokens(signal), select: (answer) => answer.tokens });
  const create = useMutation({ mutationFn: createToken, onSuccess: changed });
  const revoke = useMutation({
    mutationFn: (token: Token) => revokeToken(token.id),
    onSuccess: (_answer, { id, name }) => {
      // What is of no use any more is not offered to be kept.
      if (create.data?.id === id) create.reset();
      toast(t('settings.tokenRevoked', { name }));
      return changed();
    },
    onError: (error) => toast(errorText(error), 'problem'),
  });
  return (
    <div {...keptFocus} className="flex flex-col gap-4">
      <NewToken onCreate={create.mutateAsync} />
      {create.data === undefined ? null : <Secret secret={create.data.token} />}
      {tokens.isError ? <Failure error={tokens.error} onRetry={() => void tokens.refetch()} /> : null}
      {tokens.data?.length === 0 ? <p className="text-sm text-ink-3">{t('settings.noTokens')}</p> : null}
      <ul className="divide-y divide-line">
        {(tokens.data ?? []).map((token) => (
          <TokenRow key={token.id} token={token} onRevoke={() => revoke.mutate(token)} />
        ))}
      </ul>
    </div>
  );
}

interface NewTokenProps {
  onCreate: (fields: { name: string; days?: number | undefined }) => Promise<unknown>;
}

function NewToken({ onCreate }: NewTokenProps) {
  const { t } = useTranslation();
  const form = useContractForm({
    schema: createTokenSchema,
    start: { name: '', days: '90' },
    bodyOf: ({ name, days }) => ({ name, days: Number(days) }),
    send: async (body) => {
      await onCreate(body);
      form.fields.resetField('name');
    },
  });
  return (
    <Form form={form} className="flex flex-col gap-3">
      <div className="flex flex-wrap items-start gap-3">
        <div className="min-w-48 flex-1">
          <TextField name="name" label={t('settings.tokenName')} placeholder={t('settings.tokenNamePlaceholder')} />
        </div>
        <SelectField name="days" label={t('settings.tokenDays')}>
          {DAYS.map((count) => (
            <option key={count} value={count}>
              {t('about.days', { count })}
            </option>
          ))}
        </SelectField>
        {/* As far down as the fields beside it, which may have a line below them. */}
        <SubmitButton className="mt-[1.4rem]" sending={t('settings.creatingToken')}>
          {t('settings.createToken')}
        </SubmitButton>
      </div>
      <FormRefusal />
    </Form>
  );
}

function Secret({ secret }: { secret: string }) {
  const { t } = useTranslation();
  const copy = () => {
    // A page without TLS has no clipboard; the text is selected by a press on it.
    const copied = navigator.clipboard?.writeText(secret) ?? Promise.reject(new Error('no clipboard'));
    copied.then(
      () => toast(t('app.copied')),
      () => toast(t('app.notCopied'), 'problem'),
    );
  };
  const here = useRef<HTMLDivElement>(null);
  // The button that makes it is often the last thing on the screen.
  useEffect(() => {
    here.current?.scrollIntoView({ block: 'nearest' });
  }, [secret]);
  return (
    <div ref={here} role="status" className="scroll-mb-4 rounded-md border border-accent/50 bg-accent-soft p-3">
      <p className="text-xs text-accent">{t('settings.tokenOnce')}</p>
      <div className="mt-2 flex items-center gap-2">
        <code className="min-w-0 flex-1 font-mono text-xs break-all text-ink select-all" data-testid="new-token">
          {secret}
        </code>
        <Button size="small" onClick={copy}>
          <Copy className="size-3.5" aria-hidden />
          {t('app.copy')}
        </Button>
      </div>
    </div>
  );
}

function TokenRow({ token, onRevoke }: { token: Token; onRevoke: () => void }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const [asking, setAsking] = useState(false);
  const day = (instant: string) => formatInstantDay(instant, language);
  return (
    <li className="flex items-center gap-3 py-2">
      <div className="min-w-0 flex-1">
        <p className="truncate text-sm">{token.name}</p>
        <p className="text-2xs text-ink-3">
          {[
            `${t('settings.created')} ${day(token.createdAt)}`,
            token.expiresAt === null ? t('settings.forever') : `${t('settings.expires')} ${day(token.expiresAt)}`,
            token.lastUsedAt === null ? t('settings.never') : `${t('settings.lastUsed')} ${day(token.lastUsedAt)}`,
          ].join('　')}
        </p>
      </div>
      <Button
        kind="bare"
        size="small"
        className="text-danger! hover:text-danger!"
        aria-label={`${t('settings.revokeToken')}: ${token.name}`}
        onClick={() => setAsking(true)}
      >
        {t('settings.revokeTokenConfirm')}
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={t('settings.revokeTokenTitle', { name: token.name })}
        body={t('settings.revokeTokenBody')}
        confirm={t('settings.revokeTokenConfirm')}
        onConfirm={onRevoke}
      />
    </li>
  );
}
