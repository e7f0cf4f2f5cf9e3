import { Search, SlidersHorizontal, X } from 'lucide-react';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../design/button.tsx';
import { classes } from '../design/classes.ts';
import { inConversion } from '../design/conversion.ts';
import { inputLook } from '../design/field.tsx';
import { PHONE, useMediaQuery } from '../design/use-media-query.ts';
import { Days, Modalities, Ownership, SortChoice } from './filter-choices.tsx';
import { isFiltered, type StudyFilter } from './study-filter.ts';

/** Its code comes when it is wanted. */
const FilterSheet = lazy(async () => ({ default: (await import('./filter-sheet.tsx')).FilterSheet }));
/** Too narrow for every filter in two rows: a tablet held upright. */
const UPRIGHT = '(max-width: 1023px)';

/** Long enough that a word is not sent letter by letter, short enough to feel immediate. */
const TYPING_PAUSE_MS = 120;

interface Props {
  filter: StudyFilter;
  onChange: (filter: StudyFilter) => void;
  busy: boolean;
}

/** One row and the modalities; on a phone or a tablet held upright one row alone, and the rest in a sheet. */
export function StudyFilters({ filter, onChange, busy }: Props) {
  const { t } = useTranslation();
  const phone = useMediaQuery(PHONE);
  const sheet = useMediaQuery(UPRIGHT);
  const { q: _q, ...withoutText } = filter;
  return (
    <search className="shrink-0 border-b border-line bg-surface px-3 py-2.5 sm:px-4">
      <div className="flex flex-wrap items-center gap-2">
        <SearchBox text={filter.q ?? ''} busy={busy} onChange={(q) => onChange(q === '' ? withoutText : { ...withoutText, q })} />
        {sheet ? null : (
          <>
            <SortChoice filter={filter} onChange={onChange} />
            <Days filter={filter} onChange={onChange} />
          </>
        )}
        {phone ? null : <Ownership filter={filter} onChange={onChange} />}
        {sheet ? <MoreFilters ownershipShown={!phone} filter={filter} onChange={onChange} /> : null}
      </div>
      {sheet ? null : (
        <fieldset className="mt-2 flex flex-wrap items-center gap-1.5">
          <legend className="sr-only">{t('studies.modality')}</legend>
          <Modalities filter={filter} onChange={onChange} />
          {isFiltered(filter) ? (
            <Button kind="bare" size="small" onClick={() => onChange(filter.sort === undefined ? {} : { sort: filter.sort })}>
              <X className="size-3.5" aria-hidden />
              {t('studies.clear')}
            </Button>
          ) : null}
        </fieldset>
      )}
    </search>
  );
}

/** The button says that something is left out, also while the sheet is closed. */
function MoreFilters({ ownershipShown, filter, onChange }: Omit<Props, 'busy'> & { ownershipShown: boolean }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const { q: _q, ownership, ...rest } = filter;
  const narrowed = isFiltered(ownershipShown || ownership === undefined ? rest : { ...rest, ownership });
  return (
    <>
      <Button
        size="icon"
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-label={t(narrowed ? 'studies.filtersOn' : 'studies.filters')}
        className="relative"
        onClick={() => setOpen(true)}
      >
        <SlidersHorizontal className="size-4" aria-hidden />
        {narrowed ? <span className="absolute top-1.5 right-1.5 size-2 rounded-full bg-accent" /> : null}
      </Button>
      <Suspense>
        {open ? <FilterSheet ownershipShown={ownershipShown} filter={filter} onChange={onChange} onClose={() => setOpen(false)} /> : null}
      </Suspense>
    </>
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
    <div className="relative min-w-40 flex-1 sm:min-w-56">
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
        title={t('studies.searchHint')}
        autoComplete="off"
        spellCheck={false}
        className={classes(inputLook, 'w-full pl-9')}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onCompositionStart={() => setComposing(true)}
        onCompositionEnd={() => setComposing(false)}
        onKeyDown={(event) => {
          if (inConversion(event.nativeEvent)) return;
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
