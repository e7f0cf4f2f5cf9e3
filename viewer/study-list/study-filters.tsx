import { Search, X } from 'lucide-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../design/button.tsx';
import { classes } from '../design/classes.ts';
import { Input, inputLook } from '../design/field.tsx';
import { daToInput, inputToDA } from '../i18n/dates.ts';
import {
  DATE_PRESETS,
  type DatePreset,
  isFiltered,
  keepSort,
  MODALITIES,
  SORTS,
  type Sort,
  type StudyFilter,
  TABS,
  toggleModality,
  usualSort,
} from './study-filter.ts';

/** Long enough that a word is not sent letter by letter, short enough to feel immediate. */
const TYPING_PAUSE_MS = 120;

interface Props {
  filter: StudyFilter;
  onChange: (filter: StudyFilter) => void;
  busy: boolean;
}

export function StudyFilters({ filter, onChange, busy }: Props) {
  const { t } = useTranslation();
  const { q: _q, ...withoutText } = filter;
  const { date: _date, from: _from, to: _to, ...withoutDate } = filter;
  const { ownership: _ownership, ...withoutOwnership } = filter;
  const chosen = new Set((filter.modality ?? '').split(','));
  return (
    <search className="shrink-0 border-b border-line bg-surface px-3 py-2.5 sm:px-4">
      <div className="flex flex-wrap items-center gap-2">
        <SearchBox text={filter.q ?? ''} busy={busy} onChange={(q) => onChange(q === '' ? withoutText : { ...withoutText, q })} />
        <DateFilter filter={filter} onChange={(dates) => onChange({ ...withoutDate, ...dates })} />
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
        <SortChoice
          sort={filter.sort ?? usualSort()}
          onChange={(sort) => {
            keepSort(sort);
            onChange({ ...filter, sort });
          }}
        />
      </div>
      <fieldset className="mt-2 flex flex-wrap items-center gap-1.5">
        <legend className="sr-only">{t('studies.modality')}</legend>
        {MODALITIES.map((modality) => (
          <Chip
            key={modality}
            pressed={chosen.has(modality)}
            onClick={() => {
              const { modality: _modality, ...rest } = filter;
              const next = toggleModality(filter.modality, modality);
              onChange(next === undefined ? rest : { ...rest, modality: next });
            }}
          >
            {t(`modality.${modality}`)}
          </Chip>
        ))}
        {isFiltered(filter) ? (
          <Button kind="bare" size="small" onClick={() => onChange(filter.sort === undefined ? {} : { sort: filter.sort })}>
            <X className="size-3.5" aria-hidden />
            {t('studies.clear')}
          </Button>
        ) : null}
      </fieldset>
    </search>
  );
}

function SortChoice({ sort, onChange }: { sort: Sort; onChange: (sort: Sort) => void }) {
  const { t } = useTranslation();
  return (
    <select
      aria-label={t('studies.sort')}
      className={classes(inputLook, 'w-auto pr-8')}
      value={sort}
      onChange={(event) => onChange(event.target.value as Sort)}
    >
      {SORTS.map((one) => (
        <option key={one} value={one}>
          {t(`studies.sortBy.${one}`)}
        </option>
      ))}
    </select>
  );
}

function SearchBox({ text, busy, onChange }: { text: string; busy: boolean; onChange: (text: string) => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(text);
  const [composing, setComposing] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const sent = useRef(text);
  useEffect(() => {
    // The address changed by itself (back, or cleared): follow it.
    if (text !== sent.current) {
      sent.current = text;
      setTyped(text);
    }
  }, [text]);
  useEffect(() => {
    // An unfinished kana-kanji conversion is not a word yet.
    if (composing || typed === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = typed;
      onChange(typed);
    }, TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed, composing, onChange]);
  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.target instanceof HTMLInputElement) return;
      event.preventDefault();
      input.current?.focus();
    };
    window.addEventListener('keydown', focus);
    return () => window.removeEventListener('keydown', focus);
  }, []);
  return (
    <div className="relative min-w-56 flex-1">
      <Search
        className={classes(
          'pointer-events-none absolute top-1/2 left-3 size-4 -translate-y-1/2',
          busy ? 'animate-pulse-slow text-accent' : 'text-ink-3',
        )}
        aria-hidden
      />
      <input
        ref={input}
        type="search"
        name="q"
        aria-label={t('studies.search')}
        placeholder={t('studies.searchPlaceholder')}
        autoComplete="off"
        spellCheck={false}
        className={classes(inputLook, 'w-full pl-9')}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onCompositionStart={() => setComposing(true)}
        onCompositionEnd={() => setComposing(false)}
        onKeyDown={(event) => {
          if (event.key === 'Escape' && typed !== '') setTyped('');
          if (event.key === 'ArrowDown') {
            event.preventDefault();
            document.querySelector<HTMLElement>('[data-study-row][tabindex="0"]')?.focus();
          }
        }}
      />
    </div>
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
          <DateInput label={t('studies.from')} da={filter.from} onChange={(from) => onChange(dates(from, filter.to))} />
          <span aria-hidden className="text-ink-3">
            –
          </span>
          <DateInput label={t('studies.to')} da={filter.to} onChange={(to) => onChange(dates(filter.from, to))} />
        </span>
      ) : null}
    </div>
  );
}

function dates(from: string | undefined, to: string | undefined): Dates {
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

function DateInput({ label, da, onChange }: { label: string; da: string | undefined; onChange: (da: string | undefined) => void }) {
  return (
    <Input
      type="date"
      aria-label={label}
      className="w-auto"
      value={da === undefined ? '' : daToInput(da)}
      onChange={(event) => onChange(event.target.value === '' ? undefined : inputToDA(event.target.value))}
    />
  );
}

interface ChipProps {
  pressed: boolean;
  joined?: boolean;
  onClick: () => void;
  children: ReactNode;
}

function Chip({ pressed, joined = false, onClick, children }: ChipProps) {
  return (
    <button
      type="button"
      aria-pressed={pressed}
      onClick={onClick}
      className={classes(
        'h-7 px-2.5 text-xs transition-colors pointer-coarse:h-11 pointer-coarse:min-w-11',
        joined ? 'rounded-sm' : 'rounded-full border',
        pressed && !joined && 'border-accent/60 bg-accent-soft text-accent',
        pressed && joined && 'bg-hover text-ink',
        !pressed && (joined ? 'text-ink-2 hover:text-ink' : 'border-line text-ink-2 hover:border-line-strong hover:text-ink'),
      )}
    >
      {children}
    </button>
  );
}
