import { Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { AFTER_HOURS_MAX } from '../../../gateway/api/contract/consent-rules.ts';
import { Button } from '../../design/button.tsx';
import { Chip } from '../../design/chip.tsx';
import { Field, Input, Select } from '../../design/field.tsx';
import { releaseRuleWord } from '../../record/release-words.ts';
import { MODALITIES } from '../../study-list/study-filter.ts';
import { type Draft, isWrong, ruleOf } from './draft.ts';

interface Props {
  number: number;
  draft: Draft;
  onChange: (draft: Draft) => void;
  onRemove: () => void;
}

/** One rule: its sentence, and what it is made of. */
export function RuleCard({ number, draft, onChange, onRemove }: Props) {
  const { t } = useTranslation();
  return (
    <li className="flex flex-col gap-4 rounded-lg border border-line bg-surface p-4" data-testid="release-rule">
      <div className="flex items-start gap-2">
        <p className="min-w-0 flex-1 text-sm font-medium text-pretty text-ink">
          {number}. {isWrong(draft) ? t('release.unfinished') : releaseRuleWord(ruleOf(draft), t)}
        </p>
        <Button kind="bare" size="icon" aria-label={t('release.remove', { number })} onClick={onRemove}>
          <Trash2 className="size-4" aria-hidden />
        </Button>
      </div>
      <Modalities draft={draft} onChange={onChange} />
      <div className="grid grid-cols-2 items-start gap-4 max-sm:grid-cols-1">
        <Field label={t('release.to')}>
          {({ id }) => (
            <Select
              id={id}
              value={draft.registeredOnly ? 'registered' : 'named'}
              onChange={({ target }) => onChange({ ...draft, registeredOnly: target.value === 'registered' })}
            >
              <option value="named">{t('releaseRule.named')}</option>
              <option value="registered">{t('releaseRule.registered')}</option>
            </Select>
          )}
        </Field>
        <Field label={t('release.what')}>
          {({ id }) => (
            <Select
              id={id}
              value={draft.mayDownload ? 'take' : 'view'}
              onChange={({ target }) => onChange({ ...draft, mayDownload: target.value === 'take' })}
            >
              <option value="take">{t('releaseRule.take')}</option>
              <option value="view">{t('releaseRule.view')}</option>
            </Select>
          )}
        </Field>
        <Wait draft={draft} onChange={onChange} />
      </div>
    </li>
  );
}

const IN_ORDER: readonly string[] = MODALITIES.flat();
/** Those that have no chip here stay. */
const inOrder = (chosen: readonly string[]) => [
  ...IN_ORDER.filter((one) => chosen.includes(one)),
  ...chosen.filter((one) => !IN_ORDER.includes(one)),
];
type Part = Pick<Props, 'draft' | 'onChange'>;

function Modalities({ draft, onChange }: Part) {
  const { t } = useTranslation();
  return (
    <fieldset>
      <legend className="mb-2 text-xs font-medium text-ink-2">{t('release.modalities')}</legend>
      <div className="flex flex-wrap gap-2">
        {MODALITIES.map((group) => {
          const pressed = group.some((one) => draft.modalities.includes(one));
          const rest = draft.modalities.filter((one) => !(group as readonly string[]).includes(one));
          return (
            <Chip
              key={group[0]}
              pressed={pressed}
              onClick={() => onChange({ ...draft, modalities: inOrder(pressed ? rest : [...rest, ...group]) })}
            >
              {t(`modality.${group[0]}`)}
            </Chip>
          );
        })}
      </div>
    </fieldset>
  );
}

function Wait({ draft, onChange }: Part) {
  const { t } = useTranslation();
  const waits = isWrong(draft) || ruleOf(draft).afterHours > 0;
  return (
    <div className="flex flex-col gap-2 sm:col-span-2">
      <Field
        label={t('release.hours')}
        hint={t('release.hoursNote', { max: AFTER_HOURS_MAX })}
        error={isWrong(draft) ? t('release.hoursWrong', { max: AFTER_HOURS_MAX }) : undefined}
      >
        {({ id, describedBy, invalid }) => (
          <Input
            id={id}
            className="w-28"
            inputMode="numeric"
            autoComplete="off"
            aria-describedby={describedBy}
            aria-invalid={invalid}
            value={draft.hours}
            onChange={({ target }) => onChange({ ...draft, hours: target.value })}
          />
        )}
      </Field>
      <label className="flex items-center gap-2.5 text-sm pointer-coarse:min-h-11">
        <input
          type="checkbox"
          className="size-4 shrink-0 accent-(--color-accent)"
          checked={draft.onceReported && waits}
          disabled={!waits}
          onChange={({ currentTarget }) => onChange({ ...draft, onceReported: currentTarget.checked })}
        />
        {t('release.onceReported')}
      </label>
    </div>
  );
}
