import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SecondStep } from '../../../gateway/api/contract/session.ts';
import type { ApiError } from '../../api/http.ts';
import { Button } from '../../design/button.tsx';
import { classes } from '../../design/classes.ts';
import { TextField } from '../../forms/form-fields.tsx';
import { browserKnowsPasskeys } from './passkey-prompt.ts';

export type FactorWay = 'passkey' | 'authenticator' | 'recovery-code';

/** What of the second factor is typed: one of both. A passkey is not typed. */
export const NO_FACTOR = { code: '', recoveryCode: '' };

export function factorBody(way: FactorWay, { code, recoveryCode }: typeof NO_FACTOR): SecondStep {
  return way === 'authenticator' ? { code } : { recoveryCode };
}

/** The field that a refused factor is about. */
export function factorField(way: FactorWay, { reason }: ApiError): 'code' | 'recoveryCode' | undefined {
  if (reason !== 'wrong-code') return undefined;
  return way === 'authenticator' ? 'code' : 'recoveryCode';
}

/** The first of them until another is chosen. A browser that knows no passkeys is asked for none. */
export function useFactorWay(ways: readonly FactorWay[]) {
  const [chosen, setWay] = useState<FactorWay>();
  const possible = ways.filter((way) => way !== 'passkey' || browserKnowsPasskeys());
  const way = chosen ?? possible[0] ?? 'recovery-code';
  return { way, others: possible.filter((other) => other !== way), setWay };
}

const USE = { passkey: 'passkey.use', authenticator: 'secondStep.useCode', 'recovery-code': 'secondStep.useRecovery' } as const;

/** What could be shown instead. */
export function OtherWays({ others, setWay }: Pick<ReturnType<typeof useFactorWay>, 'others' | 'setWay'>) {
  const { t } = useTranslation();
  return others.map((other) => (
    <Button key={other} kind="bare" size="small" className="self-start" onClick={() => setWay(other)}>
      {t(USE[other])}
    </Button>
  ));
}

interface Props extends ReturnType<typeof useFactorWay> {
  autoFocus?: boolean;
}

/** Six digits of the authenticator app. */
export function CodeField({ className, autoFocus = false }: { className: string; autoFocus?: boolean }) {
  const { t } = useTranslation();
  return (
    <TextField
      name="code"
      label={t('secondStep.code')}
      hint={t('secondStep.codeHint')}
      whenEmpty={t('form.flaw.code')}
      inputMode="numeric"
      autoComplete="one-time-code"
      autoFocus={autoFocus}
      className={classes('font-mono tracking-[0.3em]', className)}
    />
  );
}

/** A code of the authenticator app, or a recovery code for who has lost it. */
export function FactorFields({ way, others, setWay, autoFocus = false }: Props) {
  const { t } = useTranslation();
  return (
    <>
      {way === 'authenticator' ? (
        <CodeField key="code" autoFocus={autoFocus} className="h-11! w-full" />
      ) : (
        <TextField
          key="recovery"
          name="recoveryCode"
          label={t('secondStep.recoveryCode')}
          hint={t('secondStep.recoveryHint')}
          autoCapitalize="characters"
          spellCheck={false}
          autoFocus
          className="h-11! w-full font-mono"
        />
      )}
      <OtherWays others={others} setWay={setWay} />
    </>
  );
}
