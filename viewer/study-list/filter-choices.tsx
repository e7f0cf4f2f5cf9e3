import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Chip } from '../design/chip.tsx';
import { classes } from '../design/classes.ts';
import { inputLook } from '../design/field.tsx';
import { DateInput } from '../forms/date-input.tsx';
import { daToInput, inputToDA, parseDA } from '../i18n/dates.ts';
import {
  DATE_PRESETS,
  type DatePreset,
  keepSort,
  MODALITIES,
  SORTS,
  type Sort,
  type StudyFilter,
  TABS,
  toggleModality,
  usualSort,
} from './study-filter.ts';

interface Props {
  filter: StudyFilter;
  onChange: (filter: StudyFilter) => void;
}

export function Days({ filter, onChange }: Props) {
  const { date: _date, from: _from, to: _to, ...withoutDate } = filter;
  return <DateFilter filter={filter} onChange={(dates) => onChange({ ...withoutDate, ...dates })} />;
}

/** Unopened, shared, own. */
export function Ownership({ filter, onChange }: Props) {
  const { t } = useTranslation();
  const { ownership: _ownership, ...withoutOwnership } = filter;
  return (
    <fieldset className="flex rounded-md border border-line p-0.5">
      <legend className="sr-only">{t('studies.ownership')}</legend>
      {[undefined, ...TABS].map((ownership) => (
        <Chip
          key={ownership ?? 'all'}
          joined
          pressed={filter.ownership === ownership}
          onClick={() => onChange(ownership === undefined ? withoutOwnership : { ...withoutOwnership, ownership })}
        >
          {t(`studies.${ownership ?? 'all'}`)}
        </Chip>
      ))}
    </fieldset>
  );
}

export function Modalities({ filter, onChange }: Props) {
  const { t } = useTranslation();
  const chosen = new Set((filter.modality ?? '').split(','));
  const { modality: _modality, ...rest } = filter;
  return MODALITIES.map((modalities) => (
    <Chip
      key={modalities[0]}
      pressed={modalities.some((modality) => chosen.has(modality))}
      onClick={() => {
        const next = toggleModality(filter.modality, modalities);
        onChange(next === undefined ? rest : { ...rest, modality: next });
      }}
    >
      {t(`modality.${modalities[0]}`)}
    </Chip>
  ));
}

export function SortChoice({ filter, onChange }: Props) {
  const { t } = useTranslation();
  return (
    <select
      aria-label={t('studies.sort')}
      className={classes(inputLook, 'w-auto pr-8')}
      value={filter.sort ?? usualSort()}
      onChange={(event) => {
        const sort = event.target.value as Sort;
        keepSort(sort);
        onChange({ ...filter, sort });
      }}
    >
      {SORTS.map((one) => (
        <option key={one} value={one}>
          {t(`studies.sortBy.${one}`)}
        </option>
      ))}
    </select>
  );
}

type Dates = Pick<StudyFilter, 'date' | 'from' | 'to'>;

function DateFilter({ filter, onChange }: { filter: StudyFilter; onChange: (dates: Dates) => void }) {
  const { t } = useTranslation();
  const [choosing, setChoosing] = useState(false);
  const custom = choosing || filter.from !== undefined || filter.to !== undefined;
  const value = filter.date ?? (custom ? 'custom' : 'any');
  const choose = (next: string) => {
    setChoosing(next === 'custom');
    if (next !== 'custom') onChange(next === 'any' ? {} : { date: next as DatePreset });
    else onChange({});
  };
  /** The fields stay while nothing finished stands in them. */
  const chooseDays = (days: Dates) => {
    setChoosing(true);
    onChange(days);
  };
  return (
    <div className="flex flex-wrap items-center gap-2">
      <select
        aria-label={t('studies.date')}
        className={classes(inputLook, 'w-auto pr-8', value !== 'any' && 'border-accent/60! text-accent!')}
        value={value}
        onChange={(event) => choose(event.target.value)}
      >
        <option value="any">{t('studies.anyDate')}</option>
        {DATE_PRESETS.map((preset) => (
          <option key={preset} value={preset}>
            {t(`studies.${preset}`)}
          </option>
        ))}
        <option value="custom">{t('studies.custom')}</option>
      </select>
      {value === 'custom' ? (
        <span className="flex items-center gap-1.5">
          <DayInput label={t('studies.from')} da={filter.from} onChange={(from) => chooseDays(dates(from, filter.to))} />
          <span aria-hidden className="text-ink-3">
            –
          </span>
          <DayInput label={t('studies.to')} da={filter.to} onChange={(to) => chooseDays(dates(filter.from, to))} />
        </span>
      ) : null}
    </div>
  );
}

function dates(from: string | undefined, to: string | undefined): Dates {
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

interface Typed {
  /** Of the field. */
  readonly value: string;
  /** What the address holds, and what was asked of it since: it follows later than the next key. */
  readonly asked: readonly (string | undefined)[];
}

function DayInput({ label, da, onChange }: { label: string; da: string | undefined; onChange: (da: string | undefined) => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState<Typed>(() => held(da));
  const [left, setLeft] = useState(false);
  if (!typed.asked.includes(da)) setTyped(held(da));
  else if (typed.asked.length > 1 && typed.asked.at(-1) === da) setTyped({ ...typed, asked: [da] });
  const malformed = left && typed.value !== '' && finishedDay(typed.value) === undefined;
  return (
    <DateInput
      label={label}
      className="w-36 pointer-coarse:w-38"
      value={typed.value}
      // What is no date asks for nothing, and must not look as if it did.
      aria-invalid={malformed || undefined}
      title={malformed ? t('app.dateExample') : undefined}
      onBlur={() => setLeft(true)}
      onChange={(value) => {
        const next = finishedDay(value);
        setLeft(false);
        setTyped({ value, asked: [...typed.asked, next] });
        onChange(next);
      }}
    />
  );
}

function held(da: string | undefined): Typed {
  return { value: da === undefined ? '' : daToInput(da), asked: [da] };
}

function finishedDay(value: string): string | undefined {
  const da = inputToDA(value);
  return parseDA(da) === undefined ? undefined : da;
}
