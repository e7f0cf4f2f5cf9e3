import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { UnusualRules } from '../../gateway/api/contract/unusual.ts';
import { changeUnusualRules, readUnusualRules } from '../api/record.ts';
import { Button } from '../design/button.tsx';
import { Field, Input } from '../design/field.tsx';
import { toast } from '../design/raised/toast.tsx';
import { formatInstant } from '../i18n/dates.ts';
import { useErrorText } from '../i18n/use-error-text.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { unusualRuleWord, unusualThresholdWord } from '../record/unusual-words.ts';
import { Failure } from '../shell/failure.tsx';

/** The rules that find unusual use, as the region sets them within their bounds. */
export function UnusualRulesForm() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const { data, error, refetch } = useQuery({
    queryKey: ['unusual-rules', useLanguage()],
    queryFn: ({ signal }) => readUnusualRules(signal),
    enabled: open,
  });
  return (
    <details className="mt-8 border-t border-line pt-3" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="cursor-pointer py-1 text-sm text-ink-2 pointer-coarse:py-3">{t('unusual.rules')}</summary>
      <p className="mt-1 mb-3 text-sm text-pretty text-ink-2">{t('unusual.rulesIntro')}</p>
      {error === null ? null : <Failure error={error} onRetry={() => void refetch()} />}
      {data === undefined ? null : <Rules key={data.revision} told={data} />}
    </details>
  );
}

type Typed = Readonly<Record<string, string>>;

/** What stands in the fields, by `rule/threshold`. */
const typedOf = ({ rules }: UnusualRules): Typed =>
  Object.fromEntries(rules.flatMap(({ rule, thresholds }) => thresholds.map(({ name, value }) => [`${rule}/${name}`, String(value)])));

function Rules({ told }: { told: UnusualRules }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const errorText = useErrorText();
  const client = useQueryClient();
  const [typed, setTyped] = useState(() => typedOf(told));
  const [on, setOn] = useState<Readonly<Record<string, boolean>>>(() => Object.fromEntries(told.rules.map((rule) => [rule.rule, rule.on])));
  const numberOf = (key: string) => Number((typed[key] ?? '').normalize('NFKC').trim() || Number.NaN);
  const isWrong = (key: string, { min, max }: { min: number; max: number }) =>
    !Number.isInteger(numberOf(key)) || numberOf(key) < min || numberOf(key) > max;
  const wrong = told.rules.some(({ rule, thresholds }) => thresholds.some((threshold) => isWrong(`${rule}/${threshold.name}`, threshold)));
  const save = useMutation({
    mutationFn: () =>
      changeUnusualRules({
        revision: told.revision,
        rules: Object.fromEntries(
          told.rules.map(({ rule, thresholds }) => [
            rule,
            { on: on[rule] === true, thresholds: Object.fromEntries(thresholds.map(({ name }) => [name, numberOf(`${rule}/${name}`)])) },
          ]),
        ),
      }),
    onSuccess: (now) => {
      toast(t('unusual.saved'));
      client.setQueryData(['unusual-rules', language], now);
    },
  });
  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (!wrong && !save.isPending) save.mutate();
      }}
    >
      {told.rules.map((rule) => (
        <RuleFields
          key={rule.rule}
          rule={rule}
          on={on[rule.rule] === true}
          onTurn={(turned) => setOn({ ...on, [rule.rule]: turned })}
          typed={typed}
          isWrong={isWrong}
          onType={(key, value) => setTyped({ ...typed, [key]: value })}
        />
      ))}
      {save.error === null ? null : (
        <p role="alert" className="text-sm text-danger">
          {errorText(save.error)}
        </p>
      )}
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" kind="primary" busy={save.isPending} disabled={wrong}>
          {t(save.isPending ? 'unusual.saving' : 'unusual.save')}
        </Button>
        {told.changedAt === null ? null : (
          <p className="text-xs text-ink-3">
            {t('unusual.lastChange', { at: formatInstant(told.changedAt, language), name: told.changedBy ?? '' })}
          </p>
        )}
      </div>
    </form>
  );
}

interface RuleProps {
  rule: UnusualRules['rules'][number];
  on: boolean;
  onTurn: (on: boolean) => void;
  typed: Typed;
  isWrong: (key: string, bounds: { min: number; max: number }) => boolean;
  onType: (key: string, value: string) => void;
}

function RuleFields({ rule: { rule, thresholds }, on, onTurn, typed, isWrong, onType }: RuleProps) {
  const { t } = useTranslation();
  return (
    <fieldset className="rounded-md border border-line p-3">
      <legend className="px-1 text-sm font-medium">{unusualRuleWord(rule, t)}</legend>
      <label className="flex items-center gap-2 text-sm pointer-coarse:min-h-11">
        <input type="checkbox" checked={on} onChange={({ target }) => onTurn(target.checked)} />
        {t('unusual.on')}
      </label>
      <div className="mt-2 flex flex-wrap gap-3 empty:hidden">
        {thresholds.map(({ name, min, max, usual }) => (
          <Threshold
            key={name}
            label={unusualThresholdWord(name, t)}
            bounds={t('unusual.bounds', { min, max, usual })}
            wrong={isWrong(`${rule}/${name}`, { min, max })}
            value={typed[`${rule}/${name}`] ?? ''}
            onType={(value) => onType(`${rule}/${name}`, value)}
          />
        ))}
      </div>
    </fieldset>
  );
}

interface ThresholdProps {
  label: string;
  bounds: string;
  wrong: boolean;
  value: string;
  onType: (value: string) => void;
}

function Threshold({ label, bounds, wrong, value, onType }: ThresholdProps) {
  return (
    <div className="w-52 max-sm:w-full">
      <Field label={label} {...(wrong ? { error: bounds } : { hint: bounds })}>
        {({ id, describedBy, invalid }) => (
          <Input
            id={id}
            inputMode="numeric"
            autoComplete="off"
            value={value}
            onChange={({ target }) => onType(target.value)}
            aria-describedby={describedBy}
            aria-invalid={invalid}
          />
        )}
      </Field>
    </div>
  );
}
